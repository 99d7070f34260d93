/* fake_mail: see fake_mail.h. */
#include "support/fake_mail.h"

#include "base/buf.h"
#include "support/web.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the dialogue --------------------------------------------------------------------------------------------------
 */

struct talk {
    struct fake_mail *fake;
    int client;
    struct buf line, mail;
    bool data, auth; /* lines of a mail; the next line is a login */
};

static void say(struct talk *talk, const char *text)
{
    if (write(talk->client, text, strlen(text)) < 0)
        return; /* whoever left needs no answer */
}

static void keep_login(struct talk *talk, const char *text)
{
    pthread_mutex_lock(&talk->fake->lock);
    snprintf(talk->fake->login, sizeof talk->fake->login, "%.120s", text);
    pthread_mutex_unlock(&talk->fake->lock);
    say(talk, "235 fine\r\n");
}

static void keep_mail(struct talk *talk)
{
    struct fake_mail *fake = talk->fake;

    pthread_mutex_lock(&fake->lock);
    if (fake->count < FAKE_MAILS_MAX)
        fake->mails[fake->count++] = strdup(buf_text(&talk->mail));
    pthread_mutex_unlock(&fake->lock);
    buf_reset(&talk->mail);
    say(talk, "250 taken\r\n");
}

static bool refuses(struct fake_mail *fake)
{
    bool refuse;

    pthread_mutex_lock(&fake->lock);
    refuse = fake->refuse > 0 && fake->refuse--;
    pthread_mutex_unlock(&fake->lock);
    return refuse;
}

static bool begins(const char *line, const char *word)
{
    return strncasecmp(line, word, strlen(word)) == 0;
}

/* False: the client is done. */
static bool answer(struct talk *talk, const char *line)
{
    if (begins(line, "EHLO")) {
        say(talk, "250-fake\r\n250 AUTH PLAIN\r\n");
    } else if (begins(line, "AUTH PLAIN ")) {
        keep_login(talk, line + strlen("AUTH PLAIN "));
    } else if (begins(line, "AUTH PLAIN")) {
        talk->auth = true;
        say(talk, "334 \r\n");
    } else if (begins(line, "RCPT") && refuses(talk->fake)) {
        say(talk, "450 later\r\n");
    } else if (begins(line, "DATA")) {
        talk->data = true;
        say(talk, "354 go on\r\n");
    } else if (begins(line, "QUIT")) {
        say(talk, "221 bye\r\n");
        return false;
    } else {
        if (begins(line, "MAIL")) {
            pthread_mutex_lock(&talk->fake->lock);
            talk->fake->tries++;
            pthread_mutex_unlock(&talk->fake->lock);
        }
        say(talk, "250 fine\r\n");
    }
    return true;
}

/* One line without its end. */
static bool take_line(struct talk *talk, const char *line)
{
    if (talk->auth) {
        talk->auth = false;
        keep_login(talk, line);
        return true;
    }
    if (!talk->data)
        return answer(talk, line);
    if (strcmp(line, ".") == 0) {
        talk->data = false;
        keep_mail(talk);
    } else {
        buf_printf(&talk->mail, "%s\r\n", line[0] == '.' ? line + 1 : line);
    }
    return true;
}

static void serve(struct talk *talk)
{
    char byte;
    bool more = true;

    while (more && read(talk->client, &byte, 1) == 1) {
        if (byte != '\n') {
            if (byte != '\r')
                buf_put_u8(&talk->line, (uint8_t)byte);
            continue;
        }
        more = take_line(talk, buf_text(&talk->line));
        buf_reset(&talk->line);
    }
    buf_fini(&talk->line);
    buf_fini(&talk->mail);
}

/* --- plain ---------------------------------------------------------------------------------------------------------
 */

static void *plain_main(void *arg)
{
    struct fake_mail *fake = arg;
    int client;

    while ((client = accept(fake->fd, NULL, NULL)) >= 0) {
        struct talk talk = { .fake = fake, .client = client };

        say(&talk, "220 fake\r\n");
        serve(&talk);
        close(client);
    }
    return NULL;
}

void fake_mail_start(struct fake_mail *fake)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;

    *fake = (struct fake_mail) { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    pthread_mutex_init(&fake->lock, NULL);
    if (bind(fake->fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fake->fd, 16) != 0 ||
        getsockname(fake->fd, (struct sockaddr *)&at, &len) != 0)
        abort();
    fake->port = ntohs(at.sin_port);
    pthread_create(&fake->thread, NULL, plain_main, fake);
}

/* --- behind STARTTLS ------------------------------------------------------------------------------------------------
 */

#define PYTHON "/usr/bin/python3"

/* Greets, asks for TLS, and hands what comes through it to the plain server. */
static const char PROXY[] = "import socket, ssl, sys, threading\n"
                            "port, plain, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]\n"
                            "context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
                            "context.load_cert_chain(folder + '/ca.pem', folder + '/key.pem')\n"
                            "def pump(source, target):\n"
                            "    try:\n"
                            "        while (some := source.recv(4096)):\n"
                            "            target.sendall(some)\n"
                            "        target.shutdown(socket.SHUT_WR)\n"
                            "    except OSError:\n"
                            "        pass\n"
                            "def serve(client):\n"
                            "    client.sendall(b'220 fake\\r\\n')\n"
                            "    while True:\n"
                            "        line = client.recv(512).upper()\n"
                            "        if not line or line.startswith(b'QUIT'):\n"
                            "            return\n"
                            "        if line.startswith(b'STARTTLS'):\n"
                            "            break\n"
                            "        client.sendall(b'250-fake\\r\\n250 STARTTLS\\r\\n' if line.startswith(b'EHLO') "
                            "else b'530 TLS first\\r\\n')\n"
                            "    client.sendall(b'220 go on\\r\\n')\n"
                            "    try:\n"
                            "        safe = context.wrap_socket(client, server_side=True)\n"
                            "    except (ssl.SSLError, OSError):\n"
                            "        return\n"
                            "    behind = socket.create_connection(('127.0.0.1', plain))\n"
                            "    behind.recv(512)\n"
                            "    threading.Thread(target=pump, args=(behind, safe), daemon=True).start()\n"
                            "    pump(safe, behind)\n"
                            "door = socket.create_server(('127.0.0.1', port))\n"
                            "while True:\n"
                            "    client, _ = door.accept()\n"
                            "    threading.Thread(target=serve, args=(client,), daemon=True).start()\n";

static bool make_certificate(const char *dir)
{
    char command[512];

    snprintf(command, sizeof command,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
             " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout %s/key.pem -out %s/ca.pem >/dev/null 2>&1",
             dir, dir);
    return system(command) == 0; /* NOLINT(bugprone-command-processor): a path of our own */
}

static void run_proxy(int port, int behind, const char *dir)
{
    char port_text[16], behind_text[16];

    snprintf(port_text, sizeof port_text, "%d", port);
    snprintf(behind_text, sizeof behind_text, "%d", behind);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl(PYTHON, PYTHON, "-c", PROXY, port_text, behind_text, dir, (char *)NULL);
    _exit(127);
}

static bool is_up(int port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good;

    at.sin_port = htons((uint16_t)port);
    good = bind(fd, (struct sockaddr *)&at, sizeof at) != 0; /* somebody has the port; asking would be a client */
    close(fd);
    return good;
}

bool fake_mail_start_tls(struct fake_mail *fake, const char *dir)
{
    int behind;

    if (!make_certificate(dir) || access(PYTHON, X_OK) != 0)
        return false;
    fake_mail_start(fake);
    behind = fake->port;
    fake->port = web_free_port();
    fake->proxy = fork();
    if (fake->proxy == 0)
        run_proxy(fake->port, behind, dir);
    for (int i = 0; i < 250 && !is_up(fake->port); i++)
        usleep(20000);
    return true;
}

void fake_mail_stop(struct fake_mail *fake)
{
    if (fake->proxy > 0) {
        kill(fake->proxy, SIGTERM);
        waitpid(fake->proxy, NULL, 0);
    }
    shutdown(fake->fd, SHUT_RDWR);
    pthread_join(fake->thread, NULL);
    close(fake->fd);
    for (int i = 0; i < fake->count; i++)
        free(fake->mails[i]);
    pthread_mutex_destroy(&fake->lock);
}

int fake_mail_count(struct fake_mail *fake)
{
    int count;

    pthread_mutex_lock(&fake->lock);
    count = fake->count;
    pthread_mutex_unlock(&fake->lock);
    return count;
}

const char *fake_mail_header(struct fake_mail *fake, int i, const char *name)
{
    static char value[1024];
    size_t len = strlen(name);
    const char *line;

    value[0] = 0;
    pthread_mutex_lock(&fake->lock);
    line = i < fake->count ? fake->mails[i] : "";
    for (; *line && *line != '\r'; line = strstr(line, "\r\n") + 2)
        if (strncasecmp(line, name, len) == 0 && line[len] == ':')
            snprintf(value, sizeof value, "%.*s", (int)strcspn(line + len + 2, "\r"), line + len + 2);
    pthread_mutex_unlock(&fake->lock);
    return value;
}
