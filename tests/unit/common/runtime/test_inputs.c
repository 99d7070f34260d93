/* The writer's queue: what wakes it at once, and what may wait for more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "runtime/clock.h"
#include "runtime/runtime_internal.h"

#include <stdlib.h>
#include <unistd.h>

#define MS      INT64_C(1000)
#define PASSING (50 * MS) /* what is not handled here may wait so long */
#define TRIES   20

static const struct handler somebody = { .name = "somebody" };

static void offer_of(struct inputs *inputs, enum input_kind kind, bool handled, size_t len)
{
    struct input *input = calloc(1, sizeof *input);

    assert_non_null(input);
    *input = (struct input) { .kind = kind, .handler = handled ? &somebody : NULL, .len = len };
    assert_true(inputs_offer(inputs, input));
}

static void offer(struct inputs *inputs, enum input_kind kind, bool handled)
{
    offer_of(inputs, kind, handled, 100);
}

/* Takes what is there and counts it; *us: how long that took. */
static size_t take(struct inputs *inputs, int64_t *us)
{
    int64_t begin = clock_monotonic_us();
    struct input *list = inputs_take(inputs, begin + 10000 * MS, 512, (size_t)1 << 20);
    size_t count = 0;

    *us = clock_monotonic_us() - begin;
    while (list) {
        struct input *next = list->next;

        input_free(list);
        list = next;
        count++;
    }
    return count;
}

static void what_nobody_handles_waits(void **state)
{
    struct inputs *inputs = inputs_new(0);
    int64_t us;

    (void)state;
    for (int i = 0; i < 3; i++)
        offer(inputs, INPUT_EVENT, false);
    assert_int_equal(take(inputs, &us), 3);
    assert_true(us > PASSING / 2);
    inputs_destroy(&inputs);
}

static void *offer_soon(void *arg)
{
    usleep(2000);
    offer(arg, INPUT_EVENT, true);
    return NULL;
}

/* The quickest of several: the machine may be busy. */
static void an_event_to_handle_takes_it_along(void **state)
{
    int64_t quickest = INT64_MAX;

    (void)state;
    for (int i = 0; i < TRIES; i++) {
        struct inputs *inputs = inputs_new(0);
        pthread_t thread;
        int64_t us, first_us;
        size_t count;

        offer(inputs, INPUT_EVENT, false);
        assert_int_equal(pthread_create(&thread, NULL, offer_soon, inputs), 0);
        count = take(inputs, &first_us);
        pthread_join(thread, NULL);
        if (count == 1) /* the other one came too late */
            assert_int_equal(take(inputs, &us), 1);
        else if (first_us < quickest)
            quickest = first_us;
        inputs_destroy(&inputs);
    }
    assert_true(quickest < PASSING / 2);
}

static void a_request_does_not_wait(void **state)
{
    int64_t quickest = INT64_MAX;

    (void)state;
    for (int i = 0; i < TRIES; i++) {
        struct inputs *inputs = inputs_new(1000 * MS);
        int64_t us;

        offer(inputs, INPUT_EVENT, i % 2);
        offer(inputs, INPUT_REQUEST, true);
        assert_int_equal(take(inputs, &us), 2);
        quickest = us < quickest ? us : quickest;
        inputs_destroy(&inputs);
    }
    assert_true(quickest < PASSING / 2);
}

static void events_to_handle_wait_as_the_service_says(void **state)
{
    struct inputs *inputs = inputs_new(100 * MS);
    int64_t us;

    (void)state;
    offer(inputs, INPUT_EVENT, true);
    offer(inputs, INPUT_EVENT, false);
    assert_int_equal(take(inputs, &us), 2);
    assert_true(us > 50 * MS);
    inputs_destroy(&inputs);
}

static int64_t quickest_take(size_t len, int64_t gather_us)
{
    int64_t quickest = INT64_MAX;

    for (int i = 0; i < TRIES; i++) {
        struct inputs *inputs = inputs_new(gather_us);
        int64_t us;

        offer_of(inputs, INPUT_EVENT, true, len);
        assert_int_equal(take(inputs, &us), 1);
        quickest = us < quickest ? us : quickest;
        inputs_destroy(&inputs);
    }
    return quickest;
}

/* What follows a small message follows it sooner. */
static void small_ones_wait_less(void **state)
{
    (void)state;
    assert_true(quickest_take(100, 1800) < 1700);
    assert_true(quickest_take(20000, 1800) >= 1800);
    assert_true(quickest_take(100, 4000) >= 4000); /* a service that gathers for long does so */
}

enum { BURST = 40 };

struct burst {
    struct inputs *inputs;
    int64_t every_us;
};

static void *offer_burst(void *arg)
{
    const struct burst *burst = arg;

    for (int i = 0; i < BURST; i++) {
        int64_t until = clock_monotonic_us() + burst->every_us;

        offer_of(burst->inputs, INPUT_EVENT, true, (size_t)20 << 10);
        while (clock_monotonic_us() < until)
            ;
    }
    return NULL;
}

/* The most that one take found of a burst, one event each so many microseconds, and how long it took. */
static size_t largest(int64_t gather_us, int64_t every_us, int64_t *us)
{
    size_t most = 0;

    for (int i = 0; i < TRIES; i++) {
        struct burst burst = { inputs_new(gather_us), every_us };
        size_t rest = BURST, count;
        pthread_t thread;
        int64_t took;

        assert_int_equal(pthread_create(&thread, NULL, offer_burst, &burst), 0);
        for (; rest; rest -= count) {
            count = take(burst.inputs, &took);
            if (count > most) {
                most = count;
                *us = took;
            }
        }
        pthread_join(thread, NULL);
        inputs_destroy(&burst.inputs);
    }
    return most;
}

/* 40 events, one every 30 us, last longer than 200 us of waiting from the first on. */
static void what_comes_together_is_taken_together(void **state)
{
    int64_t us;

    (void)state;
    assert_int_equal(largest(200, 30, &us), BURST);
}

/* One every 150 us for 6 ms: after 2 ms what is there is taken. */
static void a_stream_is_not_waited_for(void **state)
{
    int64_t us;

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct burst burst = { inputs_new(300), 150 };
        size_t takes = 0, rest = BURST;
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, offer_burst, &burst), 0);
        for (; rest; takes++)
            rest -= take(burst.inputs, &us);
        pthread_join(thread, NULL);
        inputs_destroy(&burst.inputs);
        assert_true(takes >= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_handles_waits),  cmocka_unit_test(an_event_to_handle_takes_it_along),
        cmocka_unit_test(a_request_does_not_wait),    cmocka_unit_test(events_to_handle_wait_as_the_service_says),
        cmocka_unit_test(small_ones_wait_less),       cmocka_unit_test(what_comes_together_is_taken_together),
        cmocka_unit_test(a_stream_is_not_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
