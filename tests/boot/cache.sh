# SPDX-License-Identifier: MIT
#
# What scripts that fill the cache of guests begin with (they source this): its folder, one of them at a
# time, a work folder that goes away, and an apt for arm64.
#
#     $cache   ${XDG_CACHE_HOME:-~/.cache}/armlet, which exists and is locked until the script ends
#     $work    a new folder in it, removed at the end; results are made there and renamed into place
#
# The host's package system is left alone: apt gets folders of its own, in which arm64 is its architecture,
# and verifies what it fetches with the host's Debian keys.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/armlet
mkdir -p "$cache/apt/lists/partial" "$cache/apt/cache/archives/partial" "$cache/debs"
exec 9>"$cache/lock"
flock 9
work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

say()
{
    echo "${0##*/}: $*"
}

fail()
{
    echo "${0##*/}: $*" >&2
    exit 1
}

# Run an apt program on the private arm64 folders.
private_apt()
{
    program=$1
    shift
    "$program" -oAPT::Architecture=arm64 -oAPT::Architectures=arm64 -oAPT::Sandbox::User=root \
        -oDir::State::Lists="$cache/apt/lists" -oDir::State::status=/dev/null \
        -oDir::Cache="$cache/apt/cache" "$@"
}

# Read Debian's package lists, once per run.
update_lists()
{
    [ ! -e "$work/updated" ] || return 0
    say "reading Debian's arm64 package lists"
    private_apt apt-get -q update ||
        say "apt-get update had errors; going on with the lists that could be read"
    : >"$work/updated"
}
