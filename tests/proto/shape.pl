#!/usr/bin/perl
# What must not change of message definitions, a line each, sorted: shape.pl DIRECTORY
#
#   Message.field number type label      label: one, optional, repeated
#   Enum.VALUE number
#   Message reserved number              a number (or name) never to be used again
#
# Reads the proto3 that we write: messages (nested ones too), enums, reserved; no oneof, maps, services or groups.
use strict;
use warnings;

my $dir = shift // die "usage: shape.pl DIRECTORY\n";
my @lines;

sub read_file {
    my ($path) = @_;
    open my $in, '<', $path or die "shape.pl: could not read $path: $!\n";
    local $/;
    my $text = <$in>;
    my @in;

    $text =~ s{//[^\n]*|/\*.*?\*/}{}gs;
    while ($text =~ /\G\s*(?:(message|enum)\s+(\w+)\s*\{|(\})|([^{};]+);|(\S))/g) {
        die "shape.pl: $path: can't read \"$5\"\n" if defined $5;
        if ($1) {
            push @in, $2;
        } elsif ($3) {
            pop @in;
        } elsif (@in) {
            statement($path, join('.', @in), $4);
        }
    }
}

sub statement {
    my ($path, $in, $text) = @_;

    $text =~ s/\s+/ /g;
    $text =~ s/\s*\[.*\]\s*$//;
    if ($text =~ /^ ?(?:(optional|repeated) )?([\w.]+) (\w+) ?= ?(\d+) ?$/) {
        push @lines, "$in.$3 $4 $2 " . ($1 // 'one');
    } elsif ($text =~ /^ ?(\w+) ?= ?(-?\d+) ?$/) {
        push @lines, "$in.$1 $2";
    } elsif ($text =~ /^ ?reserved (.*)$/) {
        push @lines, "$in reserved $_" for map { s/\s|"//gr } split /,/, $1;
    } elsif ($text !~ /^ ?option /) {
        die "shape.pl: $path: can't read \"$text\" in $in\n";
    }
}

read_file($_) for sort glob "$dir/*.proto";
print "$_\n" for sort @lines;
