/* principal: see principal.h. */
#include "auth/principal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_CAP (PRINCIPAL_SECRET_LEN * 2 + 1)

const char *const principal_permissions[] = {
    "plan.read",   "plan.write",   "plan.act",        "plan.override", "plan.answer", "plan.approve", "plan.publish",
    "feed.read",   "feed.write",   "alert.read",      "alert.ack",     "rule.write",  "score.read",   "score.finalise",
    "status.read", "report.read",  "report.write",    "report.rate",   "pay.read",    "pay.write",    "pay.approve",
    "pay.dispute", "contract.act", "contract.decide", "admin",         NULL
};

static int write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(fd, text, len);
        if (wrote < 0 && errno != EINTR)
            return -1;
        if (wrote > 0) {
            text += wrote;
            len -= (size_t)wrote;
        }
    }
    return 0;
}

/* Writes hex text to a temporary file beside `path` and gives it its name: by link() (fails where the name exists, then
 * EEXIST) or rename() (replaces). A reader never sees half a key. */
static int write_hex(const char *path, const uint8_t *bytes, size_t len, mode_t mode, bool replace, struct err *err)
{
    char temporary[4096], hex[HEX_CAP + 1];
    int fd, rc = 0, saved;

    snprintf(temporary, sizeof temporary, "%s.%ld.new", path, (long)getpid());
    sodium_bin2hex(hex, HEX_CAP, bytes, len);
    hex[len * 2] = '\n';
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0)
        return err_set(err, "could not create \"%s\": %s", temporary, strerror(errno));
    if (write_all(fd, hex, len * 2 + 1) != 0 || fsync(fd) != 0)
        rc = err_set(err, "could not write \"%s\": %s", temporary, strerror(errno));
    close(fd);
    sodium_memzero(hex, sizeof hex);
    if (rc == 0 && (replace ? rename(temporary, path) : link(temporary, path)) != 0) {
        saved = errno;
        err_set(err, "could not write \"%s\": %s", path, strerror(saved));
        rc = saved == EEXIST ? EEXIST : -1;
    }
    if (rc != 0 || !replace)
        unlink(temporary);
    return rc;
}

static int read_hex(const char *path, uint8_t *out, size_t len, struct err *err)
{
    char hex[HEX_CAP + 8];
    size_t got, bin_len;
    const char *end;
    FILE *file = fopen(path, "re");

    if (!file)
        return err_fail(err, errno == ENOENT ? ERR_UNAVAILABLE : ERR_INTERNAL, "no_key",
                        "could not open key \"%s\": %s", path, strerror(errno));
    got = fread(hex, 1, sizeof hex - 1, file);
    fclose(file);
    hex[got] = '\0';
    if (sodium_hex2bin(out, len, hex, got, "\n\r ", &bin_len, &end) != 0 || bin_len != len || *end)
        return err_set(err, "key \"%s\" is not %zu bytes in hex", path, len);
    return 0;
}

int principal_secret_read(struct principal_secret *out, const char *path, struct err *err)
{
    struct stat st;

    if (stat(path, &st) == 0 && (st.st_mode & 077))
        return err_set(err, "key \"%s\" may be read by others than its owner; chmod 600 it", path);
    return read_hex(path, out->bytes, sizeof out->bytes, err);
}

int principal_public_read(struct principal_public *out, const char *path, struct err *err)
{
    return read_hex(path, out->bytes, sizeof out->bytes, err);
}

int principal_keys_ensure(const char *secret_path, const char *public_path, struct err *err)
{
    struct principal_secret secret;
    uint8_t public[PRINCIPAL_PUBLIC_LEN];
    int rc = 0;

    if (sodium_init() < 0)
        return err_set(err, "could not start libsodium");
    if (access(secret_path, F_OK) != 0) {
        crypto_sign_keypair(public, secret.bytes);
        rc = write_hex(secret_path, secret.bytes, sizeof secret.bytes, 0600, false, err);
    }
    if (rc == 0 || rc == EEXIST)
        rc = principal_secret_read(&secret, secret_path, err);
    if (rc == 0) {
        crypto_sign_ed25519_sk_to_pk(public, secret.bytes);
        rc = write_hex(public_path, public, sizeof public, 0644, true, err);
    }
    sodium_memzero(&secret, sizeof secret);
    return rc == 0 ? 0 : -1;
}

void principal_sign(const struct principal_secret *key, const Bihuan__Principal *principal, struct arena *arena,
                    ProtobufCBinaryData *bytes, ProtobufCBinaryData *signature)
{
    bytes->len = bihuan__principal__get_packed_size(principal);
    bytes->data = arena_alloc(arena, bytes->len);
    bihuan__principal__pack(principal, bytes->data);
    signature->len = PRINCIPAL_SIGNATURE_LEN;
    signature->data = arena_alloc(arena, signature->len);
    crypto_sign_detached(signature->data, NULL, bytes->data, bytes->len, key->bytes);
}

int principal_verify(const struct principal_public *key, ProtobufCBinaryData bytes, ProtobufCBinaryData signature,
                     int64_t now_us, struct arena *arena, Bihuan__Principal **out, struct err *err)
{
    Bihuan__Principal *principal;

    if (signature.len != PRINCIPAL_SIGNATURE_LEN || !bytes.data ||
        crypto_sign_verify_detached(signature.data, bytes.data, bytes.len, key->bytes) != 0)
        return err_fail(err, ERR_UNAUTHORIZED, "bad_signature", "the principal is not signed by this gateway");
    principal = bihuan__principal__unpack(&arena->allocator, bytes.len, bytes.data);
    if (!principal)
        return err_fail(err, ERR_UNAUTHORIZED, "bad_principal", "the principal could not be decoded");
    if (principal->ends_at <= now_us)
        return err_fail(err, ERR_UNAUTHORIZED, "principal_ended",
                        "the principal of \"%s\" ended; the clocks of gateway and service may differ",
                        principal->person);
    *out = principal;
    return 0;
}

bool principal_may(const Bihuan__Principal *principal, const char *permission)
{
    if (!*permission)
        return true;
    for (size_t i = 0; i < principal->n_permissions; i++)
        if (strcmp(principal->permissions[i], permission) == 0 || strcmp(principal->permissions[i], "admin") == 0)
            return true;
    return false;
}

int principal_require(const Bihuan__Principal *principal, const char *permission, struct err *err)
{
    if (principal_may(principal, permission))
        return 0;
    return err_fail(err, ERR_FORBIDDEN, "permission", "\"%s\" lacks the permission %s", principal->person, permission);
}
