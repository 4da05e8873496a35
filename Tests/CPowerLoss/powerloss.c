#include "powerloss.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FILES = 16 };

struct powerloss {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    pthread_mutex_t lock;
    powerloss_record *records;
    int64_t count;
    int64_t room;
    int64_t disk_room;
    char *paths[MOST_FILES];
    int files;
    int ignores_syncs;
    int fails;
    int forgets;
};

/// SQLite makes room for it, and for the system's own behind it.
typedef struct {
    sqlite3_file base;
    powerloss *loss;
    int file;
    sqlite3_file *real;
} layered_file;

static powerloss *loss_of(sqlite3_vfs *vfs) { return (powerloss *)vfs->pAppData; }
static layered_file *layered(sqlite3_file *file) { return (layered_file *)file; }
static sqlite3_file *real(sqlite3_file *file) { return layered(file)->real; }

static void note(
    powerloss *loss, int kind, int file, int64_t offset, const void *bytes, int64_t size
) {
    if (loss->forgets) return;
    uint8_t *copy = NULL;
    if (size > 0) {
        copy = malloc(size);
        memcpy(copy, bytes, size);
    }
    pthread_mutex_lock(&loss->lock);
    if (loss->count == loss->room) {
        loss->room = loss->room ? 2 * loss->room : 1024;
        loss->records = realloc(loss->records, loss->room * sizeof *loss->records);
    }
    loss->records[loss->count++] = (powerloss_record){kind, file, offset, size, copy};
    pthread_mutex_unlock(&loss->lock);
}

/// The number of a path, which is the same when it is opened again; -1 for temporary files.
static int number_of(powerloss *loss, const char *path) {
    if (!path || loss->forgets) return -1;
    pthread_mutex_lock(&loss->lock);
    int file = 0;
    while (file < loss->files && strcmp(loss->paths[file], path)) file++;
    if (file == loss->files) {
        if (file == MOST_FILES) abort();
        loss->paths[loss->files++] = strdup(path);
    }
    pthread_mutex_unlock(&loss->lock);
    return file;
}

static int do_close(sqlite3_file *file) { return real(file)->pMethods->xClose(real(file)); }

static int do_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset) {
    if (layered(file)->loss->fails) return SQLITE_IOERR_READ;
    return real(file)->pMethods->xRead(real(file), bytes, size, offset);
}

static int do_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset) {
    powerloss *loss = layered(file)->loss;
    if (loss->fails) return SQLITE_IOERR_WRITE;
    if (loss->disk_room >= 0) {
        sqlite3_int64 end = 0;
        real(file)->pMethods->xFileSize(real(file), &end);
        int64_t growth = offset + size - end;
        if (growth > loss->disk_room) return SQLITE_FULL;
        if (growth > 0) loss->disk_room -= growth;
    }
    int code = real(file)->pMethods->xWrite(real(file), bytes, size, offset);
    if (code == SQLITE_OK && layered(file)->file >= 0)
        note(loss, POWERLOSS_WRITE, layered(file)->file, offset, bytes, size);
    return code;
}

static int do_truncate(sqlite3_file *file, sqlite3_int64 size) {
    powerloss *loss = layered(file)->loss;
    sqlite3_int64 end = 0;
    real(file)->pMethods->xFileSize(real(file), &end);
    int code = real(file)->pMethods->xTruncate(real(file), size);
    if (code == SQLITE_OK && loss->disk_room >= 0 && end > size) loss->disk_room += end - size;
    if (code == SQLITE_OK && layered(file)->file >= 0)
        note(loss, POWERLOSS_TRUNCATE, layered(file)->file, size, NULL, 0);
    return code;
}

/// The files are the test's own and are not looked at after a crash: nothing has to reach a disk.
static int do_sync(sqlite3_file *file, int flags) {
    (void)flags;
    powerloss *loss = layered(file)->loss;
    if (!loss->ignores_syncs && layered(file)->file >= 0)
        note(loss, POWERLOSS_SYNC, layered(file)->file, 0, NULL, 0);
    return SQLITE_OK;
}

static int do_file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}
static int do_lock(sqlite3_file *file, int level) {
    return real(file)->pMethods->xLock(real(file), level);
}
static int do_unlock(sqlite3_file *file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}
static int do_check_lock(sqlite3_file *file, int *held) {
    return real(file)->pMethods->xCheckReservedLock(real(file), held);
}
static int do_control(sqlite3_file *file, int what, void *argument) {
    return real(file)->pMethods->xFileControl(real(file), what, argument);
}
static int do_sector_size(sqlite3_file *file) {
    return real(file)->pMethods->xSectorSize(real(file));
}
static int do_characteristics(sqlite3_file *file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = do_close,
    .xRead = do_read,
    .xWrite = do_write,
    .xTruncate = do_truncate,
    .xSync = do_sync,
    .xFileSize = do_file_size,
    .xLock = do_lock,
    .xUnlock = do_unlock,
    .xCheckReservedLock = do_check_lock,
    .xFileControl = do_control,
    .xSectorSize = do_sector_size,
    .xDeviceCharacteristics = do_characteristics,
};

static int do_open(
    sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *file, int flags, int *given
) {
    powerloss *loss = loss_of(vfs);
    layered_file *opened = layered(file);
    memset(opened, 0, sizeof *opened);
    opened->real = (sqlite3_file *)(opened + 1);
    int code = loss->real->xOpen(loss->real, path, opened->real, flags, given);
    if (code != SQLITE_OK) return code;
    opened->loss = loss;
    opened->file = number_of(loss, path);
    opened->base.pMethods = &methods;
    return SQLITE_OK;
}

static int do_delete(sqlite3_vfs *vfs, const char *path, int syncs_directory) {
    powerloss *loss = loss_of(vfs);
    int code = loss->real->xDelete(loss->real, path, syncs_directory);
    if (code == SQLITE_OK)
        note(loss, POWERLOSS_DELETE, number_of(loss, path),
             syncs_directory && !loss->ignores_syncs, NULL, 0);
    return code;
}

static int do_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    return loss_of(vfs)->real->xAccess(loss_of(vfs)->real, path, flags, result);
}

powerloss *powerloss_register(const char *name) {
    powerloss *loss = calloc(1, sizeof *loss);
    pthread_mutex_init(&loss->lock, NULL);
    loss->disk_room = -1;
    loss->real = sqlite3_vfs_find(NULL);
    loss->vfs = *loss->real;
    loss->vfs.pNext = NULL;
    loss->vfs.zName = strdup(name);
    loss->vfs.pAppData = loss;
    loss->vfs.szOsFile = (int)sizeof(layered_file) + loss->real->szOsFile;
    loss->vfs.xOpen = do_open;
    loss->vfs.xDelete = do_delete;
    loss->vfs.xAccess = do_access;
    if (sqlite3_vfs_register(&loss->vfs, 0) != SQLITE_OK) abort();
    return loss;
}

void powerloss_forget(powerloss *loss, int forgets) { loss->forgets = forgets; }
void powerloss_ignore_syncs(powerloss *loss, int ignore) { loss->ignores_syncs = ignore; }
void powerloss_set_room(powerloss *loss, int64_t bytes) { loss->disk_room = bytes; }
void powerloss_fail(powerloss *loss, int fails) { loss->fails = fails; }

void powerloss_mark(powerloss *loss, int64_t number) {
    note(loss, POWERLOSS_MARK, -1, number, NULL, 0);
}

int64_t powerloss_count(powerloss *loss) {
    pthread_mutex_lock(&loss->lock);
    int64_t count = loss->count;
    pthread_mutex_unlock(&loss->lock);
    return count;
}

powerloss_record powerloss_at(powerloss *loss, int64_t index) {
    pthread_mutex_lock(&loss->lock);
    powerloss_record record = loss->records[index];
    pthread_mutex_unlock(&loss->lock);
    return record;
}

const char *powerloss_path(powerloss *loss, int file) { return loss->paths[file]; }
