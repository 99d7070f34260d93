/* Signed principals and bearer tokens. */
#include "auth/principal.h"
#include "auth/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], secret_path[128], public_path[128];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/bihuan-auth-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(secret_path, sizeof secret_path, "%s/gateway.key", folder);
    snprintf(public_path, sizeof public_path, "%s/gateway.pub", folder);
    return principal_keys_ensure(secret_path, public_path, NULL);
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(secret_path);
    unlink(public_path);
    return rmdir(folder);
}

static void keys_are_kept(void **state)
{
    struct principal_secret one, two;
    struct stat st;

    (void)state;
    assert_int_equal(principal_secret_read(&one, secret_path, NULL), 0);
    unlink(public_path);
    assert_int_equal(principal_keys_ensure(secret_path, public_path, NULL), 0);
    assert_int_equal(principal_secret_read(&two, secret_path, NULL), 0);
    assert_memory_equal(&one, &two, sizeof one);
    assert_int_equal(stat(secret_path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(public_path, &st), 0);
}

static void keys_are_refused(void **state)
{
    struct principal_secret secret;
    struct principal_public public;
    struct err err;
    char path[160];
    FILE *file;

    (void)state;
    assert_int_equal(principal_public_read(&public, "/does/not/exist", &err), -1);
    assert_int_equal(err.cls, ERR_UNAVAILABLE);
    chmod(secret_path, 0644);
    assert_int_equal(principal_secret_read(&secret, secret_path, &err), -1);
    assert_non_null(strstr(err.text, "chmod 600"));
    chmod(secret_path, 0600);
    snprintf(path, sizeof path, "%s/short", folder);
    file = fopen(path, "w");
    fputs("abcd\n", file);
    fclose(file);
    assert_int_equal(principal_public_read(&public, path, &err), -1);
    unlink(path);
    assert_int_equal(principal_keys_ensure("/does/not/exist/key", public_path, &err), -1);
}

struct signed_principal {
    struct arena arena;
    struct principal_public public;
    ProtobufCBinaryData bytes, signature;
};

static void sign_wang(struct signed_principal *out)
{
    char *permissions[] = { (char *)"plan.read", (char *)"alert.ack" };
    Bihuan__Principal principal = BIHUAN__PRINCIPAL__INIT;
    struct principal_secret secret;

    arena_init(&out->arena);
    assert_int_equal(principal_secret_read(&secret, secret_path, NULL), 0);
    assert_int_equal(principal_public_read(&out->public, public_path, NULL), 0);
    principal.person = (char *)"wang";
    principal.permissions = permissions;
    principal.n_permissions = 2;
    principal.subtree = (char *)"city-07";
    principal.ends_at = 1000;
    principal_sign(&secret, &principal, &out->arena, &out->bytes, &out->signature);
}

static void a_signed_principal_is_believed(void **state)
{
    struct signed_principal s;
    Bihuan__Principal *got;
    struct err err;

    (void)state;
    sign_wang(&s);
    assert_int_equal(principal_verify(&s.public, s.bytes, s.signature, 999, &s.arena, &got, &err), 0);
    assert_string_equal(got->person, "wang");
    assert_string_equal(got->subtree, "city-07");
    assert_true(principal_may(got, "plan.read"));
    assert_true(principal_may(got, ""));
    assert_false(principal_may(got, "plan.write"));
    assert_false(principal_may(got, "admin"));
    assert_int_equal(principal_require(got, "plan.write", &err), -1);
    assert_int_equal(err.cls, ERR_FORBIDDEN);
    arena_fini(&s.arena);
}

static void others_are_not(void **state)
{
    struct signed_principal s;
    Bihuan__Principal *got = NULL;
    struct err err;

    (void)state;
    sign_wang(&s);
    assert_int_equal(principal_verify(&s.public, s.bytes, s.signature, 1000, &s.arena, &got, &err), -1);
    assert_string_equal(err.code, "principal_ended");
    for (size_t i = 0; i < s.bytes.len; i++) {
        s.bytes.data[i] ^= 1;
        assert_int_equal(principal_verify(&s.public, s.bytes, s.signature, 1, &s.arena, &got, &err), -1);
        assert_int_equal(err.cls, ERR_UNAUTHORIZED);
        s.bytes.data[i] ^= 1;
    }
    s.signature.data[5] ^= 1;
    assert_int_equal(principal_verify(&s.public, s.bytes, s.signature, 1, &s.arena, &got, &err), -1);
    s.signature.len = 0;
    assert_int_equal(principal_verify(&s.public, s.bytes, s.signature, 1, &s.arena, &got, &err), -1);
    s.bytes = (ProtobufCBinaryData) { 0 };
    assert_int_equal(principal_verify(&s.public, s.bytes, s.signature, 1, &s.arena, &got, &err), -1);
    assert_null(got);
    arena_fini(&s.arena);
}

static void admin_may_all(void **state)
{
    char *permissions[] = { (char *)"admin" };
    Bihuan__Principal principal = BIHUAN__PRINCIPAL__INIT;

    (void)state;
    principal.permissions = permissions;
    principal.n_permissions = 1;
    for (size_t i = 0; principal_permissions[i]; i++)
        assert_true(principal_may(&principal, principal_permissions[i]));
}

static void tokens(void **state)
{
    struct token_text one, two;
    struct token_hash a, b;

    (void)state;
    token_make(&one);
    token_make(&two);
    assert_int_equal(strlen(one.text), TOKEN_TEXT_LEN);
    assert_true(token_well_formed(one.text));
    assert_string_not_equal(one.text, two.text);
    token_hash(&a, one.text);
    token_hash(&b, two.text);
    assert_false(token_hash_equal(&a, &b));
    token_hash(&b, one.text);
    assert_true(token_hash_equal(&a, &b));
    assert_false(token_well_formed(""));
    one.text[0] = 'x';
    assert_false(token_well_formed(one.text));
    two.text[10] = '=';
    assert_false(token_well_formed(two.text));
    two.text[TOKEN_TEXT_LEN - 1] = '\0';
    assert_false(token_well_formed(two.text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_kept),
        cmocka_unit_test(keys_are_refused),
        cmocka_unit_test(a_signed_principal_is_believed),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(admin_may_all),
        cmocka_unit_test(tokens),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
