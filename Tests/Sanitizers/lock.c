// What ThreadSanitizer has to be told of the standard library's lock.
//
// `Mutex` takes and gives back a lock that is free by an atomic instruction, which is compiled into
// whoever uses it, and so ThreadSanitizer sees it. Where two threads meet it goes by the kernel, and
// that part is in the library, which is not instrumented: one thread seems to read what another
// writes with nothing between them. These stand in front of that part, in programs built for
// ThreadSanitizer alone, and say what it does. Nothing is suppressed by them: what is not under the
// lock is reported as before.
//
// The names are those of the library's functions, and part of what it promises not to change.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// As Swift calls a method.
#define METHOD __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

METHOD void lock_slow(uint32_t thread, SELF void *lock) __asm__(LOCK_SLOW);
METHOD bool try_lock_slow(SELF void *lock) __asm__(TRY_LOCK_SLOW);
METHOD void unlock_slow(SELF void *lock) __asm__(UNLOCK_SLOW);

static void *behind(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

METHOD void lock_slow(uint32_t thread, SELF void *lock) {
    METHOD void (*real)(uint32_t, SELF void *) = behind(LOCK_SLOW);
    real(thread, lock);
    __tsan_acquire(lock);
}

METHOD bool try_lock_slow(SELF void *lock) {
    METHOD bool (*real)(SELF void *) = behind(TRY_LOCK_SLOW);
    bool locked = real(lock);
    if (locked) __tsan_acquire(lock);
    return locked;
}

METHOD void unlock_slow(SELF void *lock) {
    METHOD void (*real)(SELF void *) = behind(UNLOCK_SLOW);
    __tsan_release(lock);
    real(lock);
}
