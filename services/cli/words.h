/* words: the two languages of the command line. One choice for the whole process, made before anything is printed. */
#ifndef BIHUAN_CLI_WORDS_H
#define BIHUAN_CLI_WORDS_H

#include <stdbool.h>

/* "zh" or "en"; false for anything else. */
bool words_choose(const char *language);
/* By LC_ALL, LC_MESSAGES, LANG: zh where the first one set begins so, else en. */
void words_choose_by_locale(void);
const char *words_language(void);

extern bool words_chinese;

/* The one of the two that the language asks for. A macro, so that the compiler checks both as formats. */
#define word(en, zh) (words_chinese ? (zh) : (en))

#endif
