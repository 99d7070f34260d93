#!/usr/bin/perl
# compare.pl RELEASED PRESENT: two files of shape.pl. Present ones may only add: nothing released is renumbered, retyped,
# renamed or taken away. A field that went must leave its number reserved. Prints each breach.
use strict;
use warnings;

my (%now, %reserved, %owner);
my $bad = 0;

sub lines {
    my ($path) = @_;
    open my $in, '<', $path or die "compare.pl: could not read $path: $!\n";
    chomp(my @all = grep { !/^(#|$)/ } <$in>);
    return @all;
}

sub problem {
    print "$_[0]\n";
    $bad = 1;
}

for my $line (lines($ARGV[1])) {
    my ($name, $rest) = split / /, $line, 2;
    if ($rest =~ /^reserved (\d+)$/) {
        $reserved{"$name $1"} = 1;
    } elsif ($rest !~ /^reserved /) {
        my ($number) = split / /, $rest;
        my ($in) = $name =~ /^(.*)\./;
        $now{$name} = $rest;
        problem("$name has the number $number of " . $owner{"$in $number"}) if $owner{"$in $number"};
        $owner{"$in $number"} = $name;
    }
}
for my $line (lines($ARGV[0])) {
    my ($name, $rest) = split / /, $line, 2;
    if ($rest =~ /^reserved (\d+)$/) {
        problem("$name: the number $1 is no longer reserved") unless $reserved{"$name $1"};
        next;
    }
    next if $rest =~ /^reserved /;
    my ($number) = split / /, $rest;
    my ($in) = $name =~ /^(.*)\./;
    if (!defined $now{$name}) {
        problem("$name (number $number) is gone; reserve its number")
            unless $reserved{"$in $number"} && !$owner{"$in $number"};
    } elsif ($now{$name} ne $rest) {
        problem("$name was \"$rest\", is \"$now{$name}\"");
    }
}
exit $bad;
