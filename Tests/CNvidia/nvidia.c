// NVML for machines without a GPU: what sluiced calls of it, answered from a text file that is read
// again at each call, so that a test changes the machine while the daemon runs. The file is the one
// named in SLUICE_TEST_NVML, or the one that is named as the library is, with .state behind it.
//
// SwiftPM builds it as libsluice-test-nvml.so beside the tests; so does
// `cc -shared -fPIC -D_GNU_SOURCE -Iinclude -o libnvidia-ml.so.1 nvidia.c`, without Swift's library
// in it. A copy that is named libnvidia-ml.so.1, in a directory of LD_LIBRARY_PATH, is loaded by a
// sluiced that knows nothing of tests. A line of the file is one of
//
//     gpu UUID NAME MINOR TOTAL USED UTIL TEMP     devices, in their order; _ is a blank in NAME
//     proc INDEX PID BYTES                         a process of one; graphics INDEX PID BYTES
//     claim INDEX COUNT                            its processes are said to be so many
//     crowd INDEX COUNT                            no room is enough for them, which are so many
//     xid INDEX CODE                               happens once, when the line is first seen
//     ecc INDEX                                    likewise, a double-bit error
//     lost INDEX                                   has fallen off the bus
//     reset INDEX                                  works again when it is reset
//     mig INDEX                                    is divided
//     fail CODE                                    initialisation fails so
//     hang                                         nothing answers until the line is gone
//
// Written by us after the public reference of NVML; structures are laid out as it says there.
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvidia.h"

enum {
    SUCCESS = 0,
    UNINITIALIZED = 1,
    INVALID = 2,
    UNSUPPORTED = 3,
    TOO_SMALL = 7,
    TIMEOUT = 10,
    LOST = 15,
    RESET_REQUIRED = 16,
    DEVICES = 80,
    PROCESSES = 1024,
};

struct process {
    unsigned pid;
    unsigned long long bytes;
    unsigned gpu_instance, compute_instance;
};

struct gpu {
    char uuid[96], name[96];
    unsigned minor, utilization, temperature, claim, crowd, compute, graphics;
    unsigned long long total, used;
    int lost, reset, mig;
    struct process processes[2][PROCESSES];
};

struct event {
    void *device;
    unsigned long long type, data;
    unsigned gpu_instance, compute_instance;
};

// The machine as the file has it; with `lock` held.
static struct gpu gpus[DEVICES];
static unsigned gpu_count;
static int failure, hanging;
static struct event events[256];
static unsigned event_count, events_seen;

// A handle is the address of a UUID that was once handed out.
static char handles[DEVICES][96];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_ulong calls;
static atomic_int users;

unsigned long test_nvml_calls(void) { return calls; }

static const char *state_path(void) {
    static char path[4096];
    const char *named = getenv("SLUICE_TEST_NVML");
    if (named)
        return named;
    Dl_info self;
    if (!dladdr(&gpu_count, &self) || strlen(self.dli_fname) > sizeof path - 7)
        return "";
    snprintf(path, sizeof path, "%s.state", self.dli_fname);
    return path;
}

static void *handle(const char *uuid) {
    for (unsigned i = 0; i < DEVICES; i++) {
        if (!handles[i][0])
            snprintf(handles[i], sizeof handles[i], "%s", uuid);
        if (!strcmp(handles[i], uuid))
            return handles[i];
    }
    return NULL;
}

static void happen(unsigned index, unsigned long long type, unsigned long long data) {
    if (event_count == sizeof events / sizeof *events)
        return;
    events[event_count++] = (struct event){
        .device = handle(gpus[index].uuid), .type = type, .data = data, .gpu_instance = ~0u,
        .compute_instance = ~0u};
}

static void take(const char *line) {
    struct gpu gpu = {0};
    unsigned index, number;
    unsigned long long bytes;
    if (sscanf(line, "gpu %95s %95s %u %llu %llu %u %u", gpu.uuid, gpu.name, &gpu.minor, &gpu.total,
            &gpu.used, &gpu.utilization, &gpu.temperature) == 7 && gpu_count < DEVICES) {
        for (char *c = gpu.name; *c; c++)
            if (*c == '_')
                *c = ' ';
        gpus[gpu_count++] = gpu;
        return;
    }
    if (sscanf(line, "fail %d", &failure) == 1)
        return;
    if (!strncmp(line, "hang", 4))
        hanging = 1;
    // All others begin with a word and the index of a device.
    if (sscanf(line, "%*s %u", &index) != 1 || index >= gpu_count)
        return;
    struct gpu *on = &gpus[index];
    if (sscanf(line, "proc %*u %u %llu", &number, &bytes) == 2 && on->compute < PROCESSES)
        on->processes[0][on->compute++] = (struct process){number, bytes, ~0u, ~0u};
    else if (sscanf(line, "graphics %*u %u %llu", &number, &bytes) == 2 && on->graphics < PROCESSES)
        on->processes[1][on->graphics++] = (struct process){number, bytes, ~0u, ~0u};
    else if (sscanf(line, "claim %*u %u", &number) == 1)
        on->claim = number;
    else if (sscanf(line, "crowd %*u %u", &number) == 1)
        on->crowd = number;
    else if (sscanf(line, "xid %*u %llu", &bytes) == 1)
        happen(index, 0x8, bytes);
    else if (!strncmp(line, "ecc ", 4))
        happen(index, 0x2, 0);
    else if (!strncmp(line, "lost ", 5))
        on->lost = 1;
    else if (!strncmp(line, "reset ", 6))
        on->reset = 1;
    else if (!strncmp(line, "mig ", 4))
        on->mig = 1;
}

static void read_once(void) {
    char line[512];
    gpu_count = event_count = 0;
    failure = hanging = 0;
    FILE *file = fopen(state_path(), "re");
    if (!file)
        return;
    while (fgets(line, sizeof line, file))
        take(line);
    fclose(file);
}

// Begins a call: from here the machine is as the file says, and nobody changes it.
static void begin(void) {
    atomic_fetch_add(&calls, 1);
    pthread_mutex_lock(&lock);
    for (read_once(); hanging; read_once()) {
        pthread_mutex_unlock(&lock);
        poll(NULL, 0, 5);
        pthread_mutex_lock(&lock);
    }
}

static int end(int code) {
    pthread_mutex_unlock(&lock);
    return code;
}

// Begins a call about a device; NULL and a code where it cannot be asked.
static struct gpu *begin_on(void *device, int *code) {
    begin();
    *code = users > 0 ? LOST : UNINITIALIZED;
    if (users <= 0)
        return NULL;
    for (unsigned i = 0; i < gpu_count; i++) {
        if (strcmp(gpus[i].uuid, device))
            continue;
        *code = gpus[i].lost ? LOST : gpus[i].reset ? RESET_REQUIRED : SUCCESS;
        return *code ? NULL : &gpus[i];
    }
    return NULL;
}

#define ON(device)                                                                                 \
    int code;                                                                                      \
    struct gpu *gpu = begin_on(device, &code);                                                     \
    if (!gpu)                                                                                      \
        return end(code)

int nvmlInit_v2(void) {
    begin();
    if (!failure)
        users++;
    return end(failure);
}

// What Python's pynvml calls instead.
int nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    return nvmlInit_v2();
}

int nvmlShutdown(void) {
    begin();
    return end(users-- > 0 ? SUCCESS : UNINITIALIZED);
}

const char *nvmlErrorString(int code) {
    switch (code) {
    case UNINITIALIZED: return "Uninitialized";
    case 9: return "Driver Not Loaded";
    case LOST: return "GPU is lost";
    case RESET_REQUIRED: return "GPU requires reset";
    default: return "Unknown Error";
    }
}

int nvmlDeviceGetCount_v2(unsigned *count) {
    begin();
    *count = gpu_count;
    return end(SUCCESS);
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    begin();
    if (index >= gpu_count)
        return end(INVALID);
    *device = handle(gpus[index].uuid);
    return end(gpus[index].lost ? LOST : SUCCESS);
}

int nvmlDeviceGetUUID(void *device, char *text, unsigned size) {
    ON(device);
    snprintf(text, size, "%s", gpu->uuid);
    return end(SUCCESS);
}

int nvmlDeviceGetName(void *device, char *text, unsigned size) {
    ON(device);
    snprintf(text, size, "%s", gpu->name);
    return end(SUCCESS);
}

int nvmlDeviceGetMinorNumber(void *device, unsigned *number) {
    ON(device);
    *number = gpu->minor;
    return end(SUCCESS);
}

int nvmlDeviceGetMigMode(void *device, unsigned *current, unsigned *pending) {
    ON(device);
    *current = *pending = gpu->mig;
    return end(SUCCESS);
}

int nvmlDeviceGetTemperatureThreshold(void *device, int kind, unsigned *degrees) {
    ON(device);
    *degrees = kind == 1 ? 89 : 95;
    return end(SUCCESS);
}

struct memory {
    unsigned long long total, free, used;
};

int nvmlDeviceGetMemoryInfo(void *device, struct memory *memory) {
    ON(device);
    memory->total = gpu->total;
    memory->free = gpu->used < gpu->total ? gpu->total - gpu->used : 0;
    // A part of what is not free is the driver's own, which not every version says to be used.
    memory->used = gpu->used - gpu->used / 4;
    return end(SUCCESS);
}

int nvmlDeviceGetUtilizationRates(void *device, unsigned rates[2]) {
    ON(device);
    rates[0] = gpu->utilization;
    rates[1] = 0;
    return end(SUCCESS);
}

int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *degrees) {
    ON(device);
    *degrees = gpu->temperature;
    return end(sensor == 0 ? SUCCESS : INVALID);
}

int nvmlDeviceGetPowerUsage(void *device, unsigned *milliwatts) {
    ON(device);
    (void)milliwatts;
    return end(UNSUPPORTED);
}

static int list(void *device, int graphics, unsigned *count, struct process *processes) {
    ON(device);
    unsigned there = graphics ? gpu->graphics : gpu->compute, room = *count;
    *count = there;
    if (gpu->crowd)
        *count = gpu->crowd;
    if (gpu->crowd || there > room)
        return end(TOO_SMALL);
    memcpy(processes, gpu->processes[graphics], there * sizeof *processes);
    if (gpu->claim)
        *count = gpu->claim;
    return end(SUCCESS);
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, struct process *list_) {
    return list(device, 0, count, list_);
}

int nvmlDeviceGetGraphicsRunningProcesses_v3(void *device, unsigned *count, struct process *list_) {
    return list(device, 1, count, list_);
}

int nvmlDeviceGetSupportedEventTypes(void *device, unsigned long long *types) {
    ON(device);
    *types = 0x8 | 0x2 | 0x1;
    return end(SUCCESS);
}

int nvmlEventSetCreate(void **set) {
    begin();
    *set = &events;
    // What the file has already happened before.
    events_seen = event_count;
    return end(SUCCESS);
}

int nvmlDeviceRegisterEvents(void *device, unsigned long long types, void *set) {
    ON(device);
    return end(set == &events && types == (0x8 | 0x2) ? SUCCESS : INVALID);
}

int nvmlEventSetWait_v2(void *set, struct event *event, unsigned milliseconds) {
    if (set != &events)
        return INVALID;
    for (unsigned waited = 0;; waited += 5) {
        begin();
        if (events_seen < event_count) {
            *event = events[events_seen++];
            return end(SUCCESS);
        }
        end(SUCCESS);
        if (waited >= milliseconds)
            return TIMEOUT;
        // One call, however often it looks.
        atomic_fetch_sub(&calls, 1);
        poll(NULL, 0, 5);
    }
}

int nvmlEventSetFree(void *set) {
    begin();
    return end(set == &events ? SUCCESS : INVALID);
}
