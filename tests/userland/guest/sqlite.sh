# SPDX-License-Identifier: MIT
#
# SQLite on the NFS share: sums that are known, each journal, a crash, two writers at once.
set -e

# says KNOWN ANSWER
says()
{
    [ "$2" = "$1" ] && return
    echo "says: $2, not $1"
    exit 1
}

says 327 "$(sqlite3 :memory: "with recursive n(i) as (values(2) union all select i + 1 from n where i < 2200)
    select count(*) from n a where not exists (select 1 from n b where b.i * b.i <= a.i and a.i % b.i = 0);")"

for journal in delete truncate persist wal; do
    sqlite3 $journal.db "pragma journal_mode=$journal; pragma cache_size=50; create table t(i integer primary key, x real, s text);
        create index by_text on t(s);
        with recursive n(i) as (values(1) union all select i + 1 from n where i < 5000)
        insert into t select i, i / 7.0, hex(i * 7919 % 5000) from n;
        update t set x = x * 2 where i % 3 = 0; delete from t where i % 5 = 0;
        begin; delete from t; rollback; vacuum;" >/dev/null
    says ok "$(sqlite3 $journal.db "pragma integrity_check")"
    # As Python sums them.
    says "4000|10000000|1904524.0" "$(sqlite3 $journal.db "select count(*), sum(i), round(sum(x), 1) from t")"
done

# Two processes count in one file; each waits while the other has the lock.
sqlite3 shared.db "create table c(n); insert into c values(0);"
count()
{
    for i in 1 2 3 4 5 6 7 8; do
        sqlite3 -cmd ".timeout 60000" shared.db "begin immediate; update c set n = n + 1; commit;"
    done
}
count &
count
wait
says 16 "$(sqlite3 shared.db "select n from c")"

# A transaction that does not end: the next one finds its journal and takes it back.
printf 'pragma cache_size=5;\nbegin;\ndelete from t;\n.shell kill -9 $PPID\n' | sqlite3 delete.db || true
[ -s delete.db-journal ] || { echo "the transaction left no journal"; exit 1; }
says "ok 4000" "$(sqlite3 delete.db "pragma integrity_check; select count(*) from t" | tr '\n' ' ' | sed 's/ $//')"
