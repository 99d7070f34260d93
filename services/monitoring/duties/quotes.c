/* quotes: see quotes.h. */
#include "monitoring/duties/quotes.h"

#define PPM 1000000

static bool is_later(const struct quote *a, const struct quote *b)
{
    return a->at_us != b->at_us ? a->at_us > b->at_us : a->row > b->row;
}

/* Puts it where its time is; there are few. */
static void insert(const struct quote **out, size_t count, const struct quote *quote)
{
    size_t at = count;

    for (; at > 0 && is_later(out[at - 1], quote); at--)
        out[at] = out[at - 1];
    out[at] = quote;
}

static size_t drop(const struct quote **out, size_t count, size_t at)
{
    for (size_t i = at + 1; i < count; i++)
        out[i - 1] = out[i];
    return count - 1;
}

size_t quotes_sellers(const struct quote *rows, size_t count, const struct quote **out)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        size_t at = 0;

        while (at < n && out[at]->seller != rows[i].seller)
            at++;
        if (at < n && is_later(out[at], &rows[i]))
            continue;
        if (at < n)
            n = drop(out, n, at);
        insert(out, n++, &rows[i]);
    }
    return n;
}

static int64_t pieces(const struct quote *quote)
{
    return quote->quantity > 1 ? quote->quantity : 1;
}

uint32_t quote_undercuts(const struct quote *before, const struct quote *quote)
{
    __int128 dear, cheap, ppm;

    if (before->seller == quote->seller || !quote->product || before->product != quote->product ||
        quote->at_us < before->at_us || before->amount <= 0 || quote->amount < 0)
        return 0;
    dear = (__int128)before->amount * pieces(quote); /* both for pieces(before) * pieces(quote) */
    cheap = (__int128)quote->amount * pieces(before);
    if (cheap >= dear)
        return 0;
    /* a product of two is below 2^126: where a million times that has no room the division comes first */
    ppm = dear >> 100 ? (dear - cheap) / (dear / PPM) : (dear - cheap) * PPM / dear;
    return ppm < 1 ? 1 : ppm > PPM ? PPM : (uint32_t)ppm;
}

bool quotes_deepest(const struct quote *rows, size_t count, uint32_t least_ppm, struct quote_cut *out)
{
    *out = (struct quote_cut) { 0 };
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++) {
            uint32_t ppm = quote_undercuts(&rows[k], &rows[i]);

            if (ppm && ppm >= least_ppm && (ppm > out->ppm || (ppm == out->ppm && is_later(&rows[i], out->quote))))
                *out = (struct quote_cut) { &rows[k], &rows[i], ppm };
        }
    return out->ppm > 0;
}
