/* receiver: a small HTTP server on loopback that takes webhooks, checks their signature and writes them down. */
#ifndef BIHUAN_DEMO_RECEIVER_H
#define BIHUAN_DEMO_RECEIVER_H

/* Runs until SIGTERM or SIGINT. `secret` is "whsec_" + base64, or "" to take everything. Returns the exit code. */
int receiver_run(int port, const char *log, const char *secret);

#endif
