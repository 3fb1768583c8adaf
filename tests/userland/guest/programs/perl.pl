# SPDX-License-Identifier: MIT
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use Digest::SHA qw(sha256_hex sha512_hex);
use Encode qw(encode decode);
use List::Util qw(sum reduce);
use Math::BigFloat;
use Math::BigInt;
use POSIX qw(floor fmod strtod);
use Storable qw(freeze thaw);

# Text of numbers, there and back.
my $state = 1;
sub random { $state = ( $state * 1103515245 + 12345 ) % 2147483648; return $state }
my $text = '';
for my $i ( 1 .. 3000 ) {
    my $x = random() / ( random() + 1 ) * 10**( random() % 30 - 15 );
    my $long = sprintf '%.17g', $x;
    die "$long is not $x" if $long != $x;
    $text .= "$x " . floor($x) . ' ' . fmod( $x, 7 ) . "\n";
}
print 'numbers ', md5_hex($text), "\n";

# Bytes of numbers.
my $packed = pack 'C n N v V q> Q< f< d> w U a5 H6 (A2)*', 200, 65000, 4e9, 515, 1e9, -5, 12345678901234, 1.5, -2.25, 300, 233, 'hi', 'c0ffee', 'ab', 'c';
print unpack( 'H*', $packed ), "\n";
print join( ',', unpack 'C n N v V q> Q< f< d>', $packed ), "\n";

# Regular expressions: nesting, look-behind, substitution with code.
my $nested = qr/\((?:[^()]++|(?R))*\)/;
print "nested $&\n" if 'x(a(b)c(d(e)))y)' =~ /(\((?:[^()]++|(?1))*\))/;
( my $commas = '1234567890' ) =~ s/(?<=\d)(?=(?:\d{3})+$)/,/g;
my $primes = join ' ', grep { ( '1' x $_ ) !~ /^1?$|^(11+?)\1+$/ } 1 .. 100;
print "$commas $primes\n";

# Big numbers.
print Math::BigInt->new(2)->bpow(521)->bsub(1)->bmodpow( 65537, '1000000007' ), ' ', Math::BigInt->new(60)->bfac, "\n";
print Math::BigFloat->bpi(60), ' ', Math::BigFloat->new(2)->bsqrt(50), "\n";

# Hashes, sorting, freezing.
my %count;
$count{ random() % 97 }++ for 1 .. 20000;
my $thawed = thaw freeze \%count;
print join( ' ', sum( values %$thawed ), ( sort { $thawed->{$b} <=> $thawed->{$a} || $a <=> $b } keys %$thawed )[ 0 .. 9 ] ), "\n";
print sha256_hex($text), ' ', substr( sha512_hex( encode 'UTF-8', "\x{263a}" x 1000 ), 0, 32 ), "\n";
print reduce { $a * $b % 1000003 } 1 .. 5000;
print "\n";
