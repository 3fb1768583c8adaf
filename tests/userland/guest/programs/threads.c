/* SPDX-License-Identifier: MIT */
/* Eight threads: a mutex, a condition, atomics of all sizes, thread-local storage. No count may be
 * lost. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#define THREADS 8
#define ROUNDS  10001

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long locked;
static int turn;
static _Atomic uint8_t bytes;
static _Atomic uint16_t halves;
static _Atomic uint32_t words;
static _Atomic uint64_t doublewords;
static _Atomic uint64_t compared;
static _Thread_local long own;

static void add_atomics(void)
{
    atomic_fetch_add(&bytes, 1);
    atomic_fetch_sub(&halves, 1);
    atomic_fetch_add_explicit(&words, 3, memory_order_relaxed);
    atomic_fetch_xor_explicit(&doublewords, UINT64_MAX, memory_order_acq_rel);
    uint64_t old = atomic_load(&compared);
    while (!atomic_compare_exchange_weak(&compared, &old, old + 1)) {
    }
}

static void take_turns(int me)
{
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&mutex);
        while (turn % THREADS != me) {
            pthread_cond_wait(&changed, &mutex);
        }
        turn++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&mutex);
    }
}

static void *body(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        add_atomics();
        own++;
        pthread_mutex_lock(&mutex);
        locked++;
        pthread_mutex_unlock(&mutex);
    }
    take_turns((int)(intptr_t)argument);
    return (void *)own;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, body, (void *)i);
    }
    long sum = 0;
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    printf("%ld %ld %d %u %u %u %llu %llu\n", sum, locked, turn, bytes, halves, words,
           (unsigned long long)doublewords, (unsigned long long)compared);
    return 0;
}
