#!/usr/bin/perl
# Rules that let one schema run on plain PostgreSQL and on Citus; prints file:line of each breach.
#
#   1. bucket is a NOT NULL column of every table of facts, streams and positions, and leads each of its keys;
#      tables that are something else stand in tables.txt with what they are.
#   2. foreign keys stay within the service and point to tables of tables.txt only.
#   3. no triggers (but on local tables), NOTIFY, advisory locks (but in migrate.c), MERGE, sequences, transaction ids;
#      no volatile function in UPDATE or DO UPDATE (but on control tables).
#
# lint.pl [ROOT]: the tree to read, the present one unless given.
use strict;
use warnings;

my $root = shift // '.';
my $bad = 0;
my %kind;

sub problem {
    my ($file, $text, $at, $words) = @_;
    my $line = 1 + (substr($text, 0, $at) =~ tr/\n//);

    print "$file:$line: $words\n";
    $bad = 1;
}

sub slurp {
    my ($path) = @_;
    open my $in, '<', $path or die "lint.pl: could not read $path: $!\n";
    local $/;
    my $text = <$in>;
    return $text // '';
}

sub blank {
    my ($text) = @_;
    $text =~ s/[^\n]/ /g;
    return $text;
}

sub read_kinds {
    for my $line (split /\n/, slurp("$root/tests/schema/tables.txt")) {
        $kind{$1} = $2 if $line =~ /^([a-z_.0-9]+)\s+(control|reference|whole|local)$/;
    }
}

# Comments and quoted text blanked, so that places stay.
sub bare {
    my ($sql) = @_;
    $sql =~ s/('(?:[^']|'')*')|(--[^\n]*)/blank($1 || $2)/ge;
    return $sql;
}

sub kind_of {
    my ($service, $table) = @_;
    return $kind{"$service.$table"} // $kind{$table} // '';
}

# Columns and constraints of a table: split at commas outside parentheses.
sub parts {
    my ($body) = @_;
    my (@out, $depth, $from);
    $depth = $from = 0;
    for my $i (0 .. length($body)) {
        my $c = $i < length($body) ? substr($body, $i, 1) : ',';
        $depth++ if $c eq '(';
        $depth-- if $c eq ')';
        if ($c eq ',' && $depth == 0) {
            push @out, substr($body, $from, $i - $from);
            $from = $i + 1;
        }
    }
    return @out;
}

sub check_table {
    my ($file, $service, $sql, $at, $table, $body) = @_;
    my $is_data = kind_of($service, $table) eq '';
    my $has_bucket = 0;

    for my $part (parts($body)) {
        $part =~ s/^\s+//;
        $has_bucket = 1 if $part =~ /^bucket\s+smallint\b.*(NOT NULL|PRIMARY KEY)/is;
        if ($part =~ /REFERENCES\s+(?:(\w+)\.)?(\w+)/i) {
            problem($file, $sql, $at, "$table: a foreign key leaves the service") if $1 && $1 ne $service;
            problem($file, $sql, $at, "$table: a foreign key to $2, which isn't a reference table")
                if kind_of($service, $2) eq '';
        }
        next unless $is_data;
        if ($part =~ /^(?:CONSTRAINT\s+\w+\s+)?(PRIMARY KEY|UNIQUE)\s*\(\s*(\w+)/i) {
            problem($file, $sql, $at, "$table: bucket must lead \"$1\", not $2") if lc $2 ne 'bucket';
        } elsif ($part =~ /^(\w+)\s.*\b(PRIMARY KEY|UNIQUE)\b/is) {
            problem($file, $sql, $at, "$table: bucket must lead \"$2\", not $1") if lc $1 ne 'bucket';
        } elsif ($part =~ /^EXCLUDE\b/i) {
            problem($file, $sql, $at, "$table: no EXCLUDE constraints");
        }
    }
    problem($file, $sql, $at, "$table: no column \"bucket smallint NOT NULL\"; a table of another kind stands in"
        . " tests/schema/tables.txt") if $is_data && !$has_bucket;
}

sub balanced {
    my ($text, $open) = @_;
    my $depth = 0;
    for my $i ($open .. length($text) - 1) {
        my $c = substr($text, $i, 1);
        $depth++ if $c eq '(';
        return $i if $c eq ')' && --$depth == 0;
    }
    return length($text);
}

sub check_tables {
    my ($file, $service, $sql) = @_;

    while ($sql =~ /CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)\s*(\()/gi) {
        my ($table, $open, $at) = ($1, $-[2], $-[0]);
        check_table($file, $service, $sql, $at, $table, substr($sql, $open + 1, balanced($sql, $open) - $open - 1));
    }
    while ($sql =~ /CREATE\s+UNIQUE\s+INDEX\s+\w+\s+ON\s+(\w+)\s*(?:USING\s+\w+\s*)?\(\s*(\w+)/gi) {
        problem($file, $sql, $-[0], "$1: bucket must lead a unique index, not $2")
            if kind_of($service, $1) eq '' && lc $2 ne 'bucket';
    }
    while ($sql =~ /CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\s+\w+[^;]*?\sON\s+(\w+)/gis) {
        problem($file, $sql, $-[0], "$1: no triggers on a table that may be distributed")
            if kind_of($service, $1) ne 'local';
    }
}

my %never = (
    qr/\b(?:NOTIFY\s+\w|LISTEN\s+\w|pg_notify\s*\()/i => 'no NOTIFY: events go by the bus',
    qr/\bMERGE\s+INTO\b/i                              => 'no MERGE: use ON CONFLICT',
    qr/\b(?:(?:small|big)?serial\b|GENERATED\s+\w+(?:\s+DEFAULT)?\s+AS\s+IDENTITY|CREATE\s+SEQUENCE|nextval\s*\()/i
        => 'no sequences: numbers come from a counter row',
    qr/\b(?:pg_current_xact_id|txid_current|pg_snapshot_xmin|xmin::)/i => 'no transaction ids: they differ by node',
    qr/\bpg_(?:try_)?advisory_/i => 'no advisory locks: they hold on one node only',
);

my $volatile = qr/\b(clock_timestamp|random|timeofday|gen_random_uuid|uuid_generate_v\w+)\s*\(/i;

sub check_words {
    my ($file, $service, $text, $sql, $base) = @_;

    for my $pattern (keys %never) {
        while ($sql =~ /$pattern/g) {
            next if $never{$pattern} =~ /^no advisory/ && $file =~ m{common/db/migrate\.c$};
            problem($file, $text, $base + $-[0], $never{$pattern});
        }
    }
    while ($sql =~ /\b(?:UPDATE\s+(\w+)(?:\s+(?:AS\s+)?\w+)?\s+SET|DO\s+UPDATE\s+SET)\b(.*?)(?=;|$)/gis) {
        my ($table, $rest, $at) = ($1 // '', $2, $-[2]);
        next if kind_of($service, $table) eq 'control';
        problem($file, $text, $base + $at, "$1() in an UPDATE: pass the value") if $rest =~ $volatile;
    }
}

# String literals that stand side by side, as one; only those that read like SQL.
sub check_c {
    my ($file, $service) = @_;
    my $text = slurp("$root/$file");
    my $literal = qr/"(?:[^"\\\n]|\\.)*"/;

    (my $code = $text) =~ s{(/\*.*?\*/)}{blank($1)}gse;
    while ($code =~ /($literal(?:\s*$literal)*)/g) {
        my ($joined, $at) = ($1, $-[1]);
        # same length: the quotes between the pieces become spaces
        $joined =~ s/"(\s*)"/ $1 /g;
        $joined =~ s/^"|"$/ /g;
        next unless $joined =~ /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|COPY|LISTEN|NOTIFY|CREATE|DO)\b/;
        check_words($file, $service, $code, bare($joined), $at);
    }
}

sub check_sql {
    my ($file, $service) = @_;
    my $sql = bare(slurp("$root/$file"));

    check_tables($file, $service, $sql);
    check_words($file, $service, $sql, $sql, 0);
}

sub main {
    read_kinds();
    for my $path (sort(glob("$root/common/*/schema/*.sql"), glob("$root/services/*/schema/*.sql"))) {
        (my $file = $path) =~ s{^\Q$root\E/}{};
        check_sql($file, (split m{/}, $file)[1]);
    }
    for my $path (sort(glob("$root/common/*/*.c"), glob("$root/services/*/*.c"), glob("$root/services/*/*/*.c"))) {
        (my $file = $path) =~ s{^\Q$root\E/}{};
        check_c($file, (split m{/}, $file)[1]);
    }
    exit $bad;
}

main();
