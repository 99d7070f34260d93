/* The token cache and the hash chain of the audit record. */
#include "gateway/audit.h"
#include "gateway/token_cache.h"
#include "gateway/tokens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static const char *const rights[] = { "plan.read", "alert.ack" };

static struct token_row row_of(uint32_t id, const char *name, const struct token_text *token)
{
    struct token_row row = {
        .id = id, .name = name, .permissions = rights, .permission_count = 2, .subtree = "city-1"
    };

    token_hash(&row.hash, token->text);
    return row;
}

static void tokens_are_found_after_the_commit(void **state)
{
    struct token_cache *cache = token_cache_new();
    struct token_text one, two, three;
    struct token_row row;
    Bihuan__Principal principal;
    struct arena arena;
    uint32_t id = 0;

    (void)state;
    arena_init(&arena);
    token_make(&one);
    token_make(&two);
    token_make(&three);
    assert_int_equal(token_cache_find(cache, one.text, 5, 100, &arena, &principal, &id), TOKEN_NOT_LOADED);
    row = row_of(1, "wang", &one);
    token_cache_load(cache, &row, 1);
    assert_int_equal(token_cache_find(cache, one.text, 5, 100, &arena, &principal, &id), TOKEN_GOOD);
    assert_string_equal(principal.person, "wang");
    assert_string_equal(principal.subtree, "city-1");
    assert_int_equal(principal.n_permissions, 2);
    assert_int_equal(principal.ends_at, 100);
    assert_int_equal(id, 1);
    assert_int_equal(token_cache_judge(cache, 1, 5), TOKEN_GOOD);
    assert_int_equal(token_cache_judge(cache, 2, 5), TOKEN_UNKNOWN);
    row = row_of(2, "li", &two);
    row.ends_at_us = 50;
    token_cache_stage(cache, &row);
    assert_int_equal(token_cache_find(cache, two.text, 5, 100, &arena, &principal, &id), TOKEN_UNKNOWN);
    token_cache_commit(cache);
    assert_int_equal(token_cache_find(cache, two.text, 5, 100, &arena, &principal, &id), TOKEN_GOOD);
    assert_int_equal(principal.ends_at, 50);
    assert_int_equal(token_cache_find(cache, two.text, 50, 100, &arena, &principal, &id), TOKEN_ENDED);
    assert_int_equal(token_cache_judge(cache, 2, 49), TOKEN_GOOD);
    assert_int_equal(token_cache_judge(cache, 2, 50), TOKEN_ENDED);
    assert_int_equal(token_cache_find(cache, three.text, 5, 100, &arena, &principal, &id), TOKEN_UNKNOWN);
    assert_int_equal(token_cache_find(cache, "bih_", 5, 100, &arena, &principal, &id), TOKEN_UNKNOWN);
    row.revoked = true;
    token_cache_stage(cache, &row);
    token_cache_commit(cache);
    assert_int_equal(token_cache_find(cache, two.text, 5, 100, &arena, &principal, &id), TOKEN_REVOKED);
    assert_int_equal(token_cache_judge(cache, 2, 5), TOKEN_REVOKED);
    assert_int_equal(token_cache_count(cache), 2);
    row = row_of(3, "zhao", &three);
    token_cache_stage(cache, &row);
    token_cache_drop(cache);
    token_cache_commit(cache);
    assert_int_equal(token_cache_count(cache), 0);
    assert_int_equal(token_cache_find(cache, one.text, 5, 100, &arena, &principal, &id), TOKEN_NOT_LOADED);
    token_cache_destroy(&cache);
    arena_fini(&arena);
}

static void a_subtree_makes_tokens_for_itself_only(void **state)
{
    static char *words[] = { (char *)"plan.read" };
    static const struct {
        const char *maker, *asked;
        uint32_t status; /* 0: may */
    } rows[] = {
        { "", "", 0 }, { "", "C1", 0 }, { "C1", "C1", 0 }, { "C1", "", 403 }, { "C1", "C2", 403 }, { "C1", "C11", 403 },
    };
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Bihuan__CreateTokenRequest request = BIHUAN__CREATE_TOKEN_REQUEST__INIT;
        Bihuan__Principal maker = BIHUAN__PRINCIPAL__INIT;
        const Bihuan__Problem *problem;
        request.name = (char *)"wang";
        request.permissions = words;
        request.n_permissions = 1;
        request.subtree = (char *)rows[i].asked;
        maker.subtree = (char *)rows[i].maker;
        problem = tokens_check(&request, &maker, &arena);
        if ((problem ? problem->status : 0) != rows[i].status)
            fail_msg("\"%s\" for \"%s\": %u", rows[i].maker, rows[i].asked, problem ? problem->status : 0);
    }
    arena_fini(&arena);
}

static void every_field_is_in_the_chain(void **state)
{
    const struct audit_row row = { .at_us = 1,
                                   .stage = "asked",
                                   .request_id = "r",
                                   .person = "p",
                                   .address = "a",
                                   .method = "POST",
                                   .path = "/x",
                                   .status = 0 };
    struct audit_row rows[10];
    struct audit_head head = { .id = 7, .hash = { 1 } }, other = { .id = 7, .hash = { 2 } };
    struct audit_head next = audit_next(&head, &row), again = audit_next(&head, &row);

    (void)state;
    assert_int_equal(next.id, 8);
    assert_memory_equal(&next, &again, sizeof next);
    for (int i = 0; i < 10; i++)
        rows[i] = row;
    rows[0].at_us = 2;
    rows[1].stage = "answered";
    rows[2].request_id = "rp";
    rows[3].person = "";
    rows[4].address = "b";
    rows[5].method = "PUT";
    rows[6].path = "/y";
    rows[7].status = 200;
    rows[8].body_hash[31] = 1;
    rows[9].request_id = "rp", rows[9].person = ""; /* the same letters, cut elsewhere */
    for (int i = 0; i < 10; i++) {
        struct audit_head changed = audit_next(&head, &rows[i]);
        if (memcmp(changed.hash, next.hash, AUDIT_HASH_LEN) == 0)
            fail_msg("change %d doesn't show", i);
    }
    again = audit_next(&other, &row);
    assert_memory_not_equal(again.hash, next.hash, AUDIT_HASH_LEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_found_after_the_commit),
        cmocka_unit_test(a_subtree_makes_tokens_for_itself_only),
        cmocka_unit_test(every_field_is_in_the_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
