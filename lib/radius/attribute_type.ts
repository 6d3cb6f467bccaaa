/**
 * Numbers of attributes.
 *
 * @module
 */

/** Types that code refers to by name. */
export const attributeType = {
  userName: 1,
  userPassword: 2,
  chapPassword: 3,
  nasIpAddress: 4,
  nasPort: 5,
  serviceType: 6,
  replyMessage: 18,
  state: 24,
  class: 25,
  vendorSpecific: 26,
  callingStationId: 31,
  nasIdentifier: 32,
  proxyState: 33,
  acctDelayTime: 41,
  acctSessionId: 44,
  eventTimestamp: 55,
  nasPortType: 61,
  eapMessage: 79,
  messageAuthenticator: 80,
  nasPortId: 87,
  nasIpv6Address: 95,
} as const;
