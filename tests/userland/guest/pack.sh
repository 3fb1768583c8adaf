# SPDX-License-Identifier: MIT
#
# sh pack.sh TOOL: unpack what the host packed, pack the same data, unpack that. The host unpacks it, too.
set -e
tool=$1
[ ! -e "$KNOWN/data.$tool" ] || $tool -dc "$KNOWN/data.$tool" | cmp - "$KNOWN/data"
cp "$KNOWN/data" data
$tool -1 -c data >"packed.$tool"
$tool -t "packed.$tool"
$tool -dc "packed.$tool" | cmp - "$KNOWN/data"
