/* principal: who asks, signed by the gateway so that every service can check it.
 *
 * Keys:     Ed25519. The secret key file (64 bytes, hex text, mode 0600) belongs to the gateway; every service reads
 * the public one (32 bytes, hex text). Threads:  all functions may be called from any thread.
 */
#ifndef BIHUAN_AUTH_PRINCIPAL_H
#define BIHUAN_AUTH_PRINCIPAL_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bihuan/envelope.pb-c.h"

#define PRINCIPAL_SECRET_LEN    64
#define PRINCIPAL_PUBLIC_LEN    32
#define PRINCIPAL_SIGNATURE_LEN 64

struct principal_secret {
    uint8_t bytes[PRINCIPAL_SECRET_LEN];
};
struct principal_public {
    uint8_t bytes[PRINCIPAL_PUBLIC_LEN];
};

/* Makes a key pair where `secret_path` doesn't exist yet; then `public_path` is written again in any case, so that the
 * two belong together. Safe against a second process that does the same at the same time. */
int principal_keys_ensure(const char *secret_path, const char *public_path, struct err *err);
/* Refuses a secret key that others than its owner may read. */
int principal_secret_read(struct principal_secret *out, const char *path, struct err *err);
/* ERR_UNAVAILABLE while the file isn't there. */
int principal_public_read(struct principal_public *out, const char *path, struct err *err);

/* Packs and signs. *bytes and `signature` are in the arena. */
void principal_sign(const struct principal_secret *key, const Bihuan__Principal *principal, struct arena *arena,
                    ProtobufCBinaryData *bytes, ProtobufCBinaryData *signature);

/* Checks signature and end (`now_us`: real clock), and unpacks into the arena. ERR_UNAUTHORIZED where it doesn't hold.
 */
int principal_verify(const struct principal_public *key, ProtobufCBinaryData bytes, ProtobufCBinaryData signature,
                     int64_t now_us, struct arena *arena, Bihuan__Principal **out, struct err *err);

/* The principal has the permission, or "admin", which is all of them. "" is anybody. */
bool principal_may(const Bihuan__Principal *principal, const char *permission);
/* ERR_FORBIDDEN naming what lacks, or 0. */
int principal_require(const Bihuan__Principal *principal, const char *permission, struct err *err);

/* The permissions that exist; NULL-terminated. */
extern const char *const principal_permissions[];

#endif
