import { defaultLogSettings, readLogSettings } from "../../lib/install/log_settings.ts";
import { assert, assertEquals, assertStringIncludes } from "../kit/assert.ts";

function read(text: string): ReturnType<typeof readLogSettings> {
  return readLogSettings(new TextEncoder().encode(text), "x.cfg", "/opt/duo");
}

Deno.test("readLogSettings() has the old proxy's defaults", () => {
  assertEquals(defaultLogSettings("/opt/duo"), {
    directory: "/opt/duo/log",
    maxSize: 10485760,
    maxFiles: 6,
    syslogFacility: undefined,
    toStdout: false,
    drainTimeout: 10,
  });
});

Deno.test("readLogSettings() reads [main] and nothing else, in any spelling", () => {
  const settings = read(
    "[MAIN]\r\nLog_Dir: logs\r\nlog_max_size = 5\r\nlog_max_files=0\r\nlog_syslog=TRUE\r\nsyslog_facility=log_local7\r\n" +
      "log_stdout=1\r\ndrain_timeout=30\r\n[radius_server_duo_only]\r\nnonsense=1\r\nport=x\r\n",
  );
  assertEquals(settings, {
    directory: "/opt/duo/logs",
    maxSize: 5,
    maxFiles: 0,
    syslogFacility: "local7",
    toStdout: true,
    drainTimeout: 30,
  });
});

Deno.test("readLogSettings() refuses a log option that is wrong, with its place", () => {
  for (const line of ["log_max_size=10MB", "log_max_files=-1", "log_syslog=yes", "syslog_facility=LOG_X"]) {
    const settings = read(`[main]\n${line}\n`);
    assert("refused" in settings, line);
    assertStringIncludes(settings.refused, "x.cfg:2:");
  }
});

Deno.test("readLogSettings() refuses directories that a log must not be in", () => {
  for (const dir of ["/var/log", "/etc", "../log", "/", "conf", "bin", "/opt/duo", "conf/log", "lo%g", "a'b"]) {
    assert("refused" in read(`[main]\nlog_dir=${dir}\n`), dir);
  }
  const elsewhere = read("[main]\nlog_dir=/var/log/duo auth\n");
  assert(!("refused" in elsewhere));
  assertEquals(elsewhere.directory, "/var/log/duo auth");
});

Deno.test("readLogSettings() refuses UTF-16 and takes other encodings", () => {
  assert("refused" in readLogSettings(new Uint8Array([0xff, 0xfe, 0x5b, 0]), "x.cfg", "/opt/duo"));
  assert(!("refused" in readLogSettings(new Uint8Array([0x3b, 0xe4, 0x0a]), "x.cfg", "/opt/duo")));
});
