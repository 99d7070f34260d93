/* cmd_key: key pairs for daemons that talk across machines. Needs no gateway. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

static int refuse(struct cli *cli, const char *path)
{
    fprintf(cli->err, word("could not write \"%s\": %s\n", "无法写入 \"%s\": %s\n"), path, strerror(errno));
    return EXIT_REFUSED;
}

int cmd_key_create(struct cli *cli)
{
    const char *path = option_argument(&cli->options, 0);
    char public_key[41], secret_key[41];
    int fd;

    if (zmq_curve_keypair(public_key, secret_key) != 0) {
        fprintf(cli->err, "%s\n", word("this libzmq was built without CURVE", "此 libzmq 不支持 CURVE"));
        return EXIT_REFUSED;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* a key in use is never written over */
    if (fd < 0)
        return refuse(cli, path);
    if (dprintf(fd, "%s\n%s\n", public_key, secret_key) < 0 || fsync(fd) != 0) {
        close(fd);
        unlink(path);
        return refuse(cli, path);
    }
    close(fd);
    fprintf(cli->out, "%s\n", public_key);
    return EXIT_FINE;
}
