# SPDX-License-Identifier: MIT
#
# sh stress.sh SECONDS STRESSOR...: stress-ng's stressors that verify what they compute, one after the other. The files of
# those that have any are on the NFS share.
seconds=$1 wrong=
shift
for stressor in "$@"; do
    echo "== $stressor"
    stress-ng --timeout "$seconds" --verify --temp-path . --oom-avoid --metrics-brief "--$stressor" 1
    status=$?
    [ $status -eq 0 ] || wrong="$wrong $stressor($status)"
done
[ -z "$wrong" ] || { echo "wrong:$wrong"; exit 1; }
