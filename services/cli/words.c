/* words: see words.h. */
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>

bool words_chinese;

bool words_choose(const char *language)
{
    if (strcmp(language, "zh") != 0 && strcmp(language, "en") != 0)
        return false;
    words_chinese = language[0] == 'z';
    return true;
}

void words_choose_by_locale(void)
{
    static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

    for (size_t i = 0; i < 3; i++) {
        const char *locale = getenv(names[i]);
        if (!locale || !*locale)
            continue;
        words_chinese = strncmp(locale, "zh", 2) == 0;
        return;
    }
}

const char *words_language(void)
{
    return words_chinese ? "zh" : "en";
}
