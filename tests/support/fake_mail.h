/* fake_mail: a mail server of the test's own on loopback: plain SMTP, or behind STARTTLS, which a script speaks for it
 * (python3). What comes is kept in order. */
#ifndef BIHUAN_TESTS_SUPPORT_FAKE_MAIL_H
#define BIHUAN_TESTS_SUPPORT_FAKE_MAIL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define FAKE_MAILS_MAX 64
struct fake_mail {
    int port;
    int fd; /* listening */
    pid_t proxy;
    pthread_t thread;
    pthread_mutex_t lock;
    /* under the lock */
    char *mails[FAKE_MAILS_MAX];
    int count;
    int tries;       /* MAIL commands */
    int refuse;      /* so many recipients get a 450 first */
    char login[128]; /* what AUTH PLAIN said last, in base64 */
};

void fake_mail_start(struct fake_mail *fake);
/* With a fresh certificate for localhost, whose authority is <dir>/ca.pem. False where openssl or python3 is missing.
 */
bool fake_mail_start_tls(struct fake_mail *fake, const char *dir);
void fake_mail_stop(struct fake_mail *fake);
int fake_mail_count(struct fake_mail *fake);
/* The value of a header line, unfolded, of mail i; "" where it has none. Static. */
const char *fake_mail_header(struct fake_mail *fake, int i, const char *name);

#endif
