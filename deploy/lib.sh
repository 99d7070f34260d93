# What deploy/up and deploy/down share: words in two languages, places, processes by recorded pid. Sourced, not run.

SERVICES="planning feedback monitoring incentive gateway"
DEMO_CLOCK="2026-11-26T10:00:00+08:00"

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BIN=${BIHUAN_BIN:-$REPO/build/release/bin}
DATA=$REPO/.bihuan
PORT=8480

case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
zh*) LANGUAGE_NOW=zh ;;
*) LANGUAGE_NOW=en ;;
esac

# word ENGLISH CHINESE: the one that the locale asks for.
word() { if [ "$LANGUAGE_NOW" = zh ]; then printf '%s' "$2"; else printf '%s' "$1"; fi; }
say() { printf '%s\n' "$(word "$1" "$2")"; }
step() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$(word "$1" "$2")"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$(word "$1" "$2")" >&2; exit 1; }

# Everything that is made lies below DATA.
set_places() {
    case $DATA in /*) ;; *) DATA=$PWD/$DATA ;; esac
    PG_DATA=$DATA/pg PG_SOCKETS=$DATA/run/pg RUN=$DATA/run/bus LOG=$DATA/log ETC=$DATA/etc PIDS=$DATA/pid
    STATE=$DATA/state DEMO=$DATA/demo
    TOKEN_FILE=$STATE/admin.token
    MARKER=$DATA/.bihuan-data # only a folder with it is taken for ours
}

# --- processes -------------------------------------------------------------------------------------------------------
# A pid file holds "pid start-time": a pid that came to another process later does not match.

start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# alive NAME: the process recorded under that name runs still; PID is then its pid.
alive() {
    local started
    PID=
    [ -r "$PIDS/$1" ] || return 1
    read -r PID started <"$PIDS/$1" || return 1
    [ -n "$PID" ] && [ "$(start_time "$PID")" = "$started" ]
}

# supervised NAME COMMAND...: runs COMMAND under deploy/supervise unless it runs already.
supervised() {
    local name=$1
    shift
    alive "$name" && return 0
    setsid "$REPO/deploy/supervise" "$PIDS/$name" "$@" >>"$LOG/$name.log" 2>&1 </dev/null &
    disown
    for _ in $(seq 50); do alive "$name" && return 0; sleep 0.1; done
    fail "could not start $name; see $LOG/$name.log" "无法启动 $name，见 $LOG/$name.log"
}

# stop NAME [SECONDS]: the supervisor passes SIGTERM on and waits for its child.
stop() {
    alive "$1" || { rm -f "$PIDS/$1"; return 0; }
    kill -TERM "$PID"
    for _ in $(seq $((${2:-30} * 10))); do alive "$1" || break; sleep 0.1; done
    if alive "$1"; then return 1; fi
    rm -f "$PIDS/$1"
}

# --- PostgreSQL ------------------------------------------------------------------------------------------------------

pg_bin() {
    local newest
    newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
    [ -n "$newest" ] || fail "PostgreSQL's programs are not in /usr/lib/postgresql" "/usr/lib/postgresql 中没有 PostgreSQL"
    printf '%s' "$newest"
}

# own PATH...: given to the user that everything runs as, with all that is below; also what an earlier root made.
own() {
    [ "$(id -u)" = 0 ] || return 0
    find "$@" ! -user "$PG_OWNER" -exec chown -h "$PG_OWNER:" {} +
}

# lend PATH...: stays root's; that user may read a file, and pass through a folder without seeing what else is in it.
lend() {
    local path
    [ "$(id -u)" = 0 ] || return 0
    for path in "$@"; do
        chgrp "$PG_OWNER" "$path"
        if [ -d "$path" ]; then chmod 0710 "$path"; else chmod 0640 "$path"; fi
    done
}

# Words to put before a command so that it runs as the user whom PostgreSQL accepts: root's work is done as postgres,
# PostgreSQL's (PG_AS) and the daemons' (RUN_AS). Where postgres cannot walk to the data folder or to the programs
# (below /root), it gets the right to pass, and nothing else.
set_pg_user() {
    local caps=()
    PG_OWNER=$(id -un)
    PG_AS=()
    RUN_AS=()
    [ "$(id -u)" = 0 ] || return 0
    PG_OWNER=postgres
    lend "$DATA" "$DATA/run" "$LOG" "$ETC"
    PG_AS=(setpriv --reuid=postgres --regid=postgres --init-groups)
    if ! "${PG_AS[@]}" test -x "$DATA/run" || ! "${PG_AS[@]}" test -x "$BIN/bihuan-planning"; then
        caps=(--inh-caps=+dac_read_search --ambient-caps=+dac_read_search)
    fi
    # a death signal is forgotten with a change of user: so it is asked for here once more
    RUN_AS=("${PG_AS[@]}" --pdeathsig=TERM "${caps[@]}")
    PG_AS+=(--pdeathsig=INT "${caps[@]}")
    "${PG_AS[@]}" ls -d "$RUN" >/dev/null 2>&1 ||
        fail "the user postgres cannot reach $DATA; choose another place with --data" \
             "用户 postgres 无法访问 $DATA，请用 --data 另选目录"
    own "$RUN" "$STATE"
}

# admin_sql ARGS...: psql as the administrator of the data base.
admin_sql() {
    if [ -n "${BIHUAN_DATABASE_URL:-}" ]; then
        psql -X -q -v ON_ERROR_STOP=1 -d "$BIHUAN_DATABASE_URL" "$@"
    else
        (cd / && "${PG_AS[@]}" "$(pg_bin)/psql" -X -q -v ON_ERROR_STOP=1 -h "$PG_SOCKETS" -U postgres -d bihuan "$@")
    fi
}
