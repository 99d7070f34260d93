# Every message, enum, enum value and field says what it means: in a comment behind it or on the line right above it, which
# then stands where it stands (the end of the comment of the one before stands further right). Prints file:line of each that
# doesn't. awk -f comments.awk FILE ...
#
# One to a line, so that each has its own. A line of dashes, a heading, isn't a comment. `reserved`, `option`, `oneof` and
# what closes need none.

function problem(words) {
    printf "%s:%d: %s\n", FILENAME, FNR, words
    bad = 1
}

function is_comment(text) {
    return text ~ /^ *\/\// && text !~ /^ *\/\/ *---/ && text ~ /[^ \/]/
}

function column(text) {
    match(text, /^ */)
    return RLENGTH
}

# Names what a line declares; "" nothing.
function declared(code, word) {
    if (match(code, /^ *(message|enum) +[A-Za-z0-9_]+/)) {
        split(substr(code, 1, RLENGTH), word)
        return word[1] " " word[2]
    }
    if (depth > 0 && match(code, /[A-Za-z0-9_]+ *= *-?(0[xX])?[0-9a-fA-F]+ *(\[[^]]*\])? *;/)) {
        code = substr(code, RSTART)
        sub(/ *=.*/, "", code)
        return code
    }
    return ""
}

FNR == 1 {
    above = ""
    depth = 0
}

{
    sub(/\r$/, "")
    code = $0
    gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
    has_comment = match(code, /\/\/.*[^ \/]/)
    sub(/\/\/.*/, "", code)
    name = declared(code)
    if (name != "") {
        if (!has_comment && !(is_comment(above) && column(above) == column($0)))
            problem(name " has no comment: what does it mean, in what unit?")
        if (gsub(/;/, ";", code) + (code ~ /^ *(message|enum) /) > 1)
            problem(name " shares its line: one to a line, each with its comment")
    } else if (depth > 0 && code !~ /^ *(oneof +[A-Za-z0-9_]+ *\{|(reserved|option|extensions) .*;|\}? *;?) *$/) {
        problem("can't be read as a field or value on one line")
    }
    depth += gsub(/\{/, "{", code) - gsub(/\}/, "}", code)
    above = $0
}

END { exit bad }
