/*
 * A small program in the place of duoproxy: the commands that the scripts of an installation call, so that these can be
 * tested with a proxy that starts, fails or reloads as a test wants it. VERSION is set by the compiler's command line.
 *
 * A configuration is taken for wrong if it holds the word BROKEN; it listens on the UDP port after "port=".
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t ended = 0, reloads = 0;

static void on_term(int signal) { (void)signal; ended = 1; }
static void on_hangup(int signal) { (void)signal; reloads++; }

static char text[65536];

static int read_config(int count, char **words) {
  const char *path = count == 4 && strcmp(words[2], "--config") == 0 ? words[3] : NULL;
  FILE *file = path == NULL ? NULL : fopen(path, "r");
  if (file == NULL) {
    fprintf(stderr, "no configuration: %s\n", path == NULL ? "" : path);
    exit(66);
  }
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  return strstr(text, "BROKEN") == NULL;
}

int main(int count, char **words) {
  const char *command = count > 1 ? words[1] : "";
  if (strcmp(command, "version") == 0) {
    printf("duoproxy %s (stand-in)\n", VERSION);
    return 0;
  }
  if (strcmp(command, "check") == 0) {
    if (read_config(count, words)) {
      printf("the file is fine\n");
      return 0;
    }
    printf("%s:1:1: error: the file is broken\n", words[3]);
    return 1;
  }
  if (strcmp(command, "serve") != 0) return 64;
  if (!read_config(count, words)) {
    fprintf(stderr, "refused to start: the file is broken\n");
    return 78;
  }
  signal(SIGTERM, on_term);
  signal(SIGHUP, on_hangup);
  const char *port = strstr(text, "port=");
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons((unsigned short)(port == NULL ? 1812 : atoi(port + 5)));
  int socket_number = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(socket_number, (struct sockaddr *)&address, sizeof address) != 0) {
    perror("bind");
    return 69;
  }
  printf("{\"event\":\"started\",\"version\":\"%s\"}\n", VERSION);
  fprintf(stderr, "serving %s\n", VERSION);
  fflush(stdout);
  while (!ended) pause();
  fprintf(stderr, "ended after %d reloads\n", (int)reloads);
  return 0;
}
