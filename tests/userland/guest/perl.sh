# SPDX-License-Identifier: MIT
#
# Perl: numbers and their text, pack, regular expressions, big numbers, hashes; the answers are those of perl 5.36 on x86-64.
set -e
perl "$GUEST/programs/perl.pl" >answer
diff "$GUEST/programs/perl.out" answer
