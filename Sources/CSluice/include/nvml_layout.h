// The part of NVML that we call, after its public reference: structures as the library lays them
// out, and a table of its functions. It is loaded at run time, so that one build serves machines
// with and without a driver. Every function returns an nvmlReturn_t.
#pragma once

#include <stddef.h>

// A handle of the library's; it means nothing to us.
typedef void *sluice_nvml_device;
typedef void *sluice_nvml_event_set;

// nvmlMemory_t. Of the later nvmlMemory_v2_t the reference has it both ways whether what the driver
// keeps for itself is in `used`.
struct sluice_nvml_memory {
    unsigned long long total, free, used;
};

// nvmlUtilization_t, in percent.
struct sluice_nvml_utilization {
    unsigned gpu, memory;
};

// nvmlProcessInfo_t, as the functions that end in _v3 fill it.
struct sluice_nvml_process {
    unsigned process;
    // All bits set: not known.
    unsigned long long bytes;
    unsigned gpu_instance, compute_instance;
};

// nvmlEventData_t.
struct sluice_nvml_event {
    sluice_nvml_device device;
    unsigned long long type, data;
    unsigned gpu_instance, compute_instance;
};

_Static_assert(sizeof(struct sluice_nvml_memory) == 24, "nvmlMemory_t");
_Static_assert(sizeof(struct sluice_nvml_utilization) == 8, "nvmlUtilization_t");
_Static_assert(sizeof(struct sluice_nvml_process) == 24, "nvmlProcessInfo_t");
_Static_assert(sizeof(struct sluice_nvml_event) == 32, "nvmlEventData_t");

// The functions; those that a library lacks are null.
struct sluice_nvml {
    int (*init)(void);
    int (*shutdown)(void);
    const char *(*error_text)(int code);
    int (*device_count)(unsigned *count);
    int (*device)(unsigned index, sluice_nvml_device *device);
    int (*uuid)(sluice_nvml_device device, char *text, unsigned size);
    int (*name)(sluice_nvml_device device, char *text, unsigned size);
    int (*minor_number)(sluice_nvml_device device, unsigned *number);
    int (*mig_mode)(sluice_nvml_device device, unsigned *current, unsigned *pending);
    int (*temperature_threshold)(sluice_nvml_device device, int kind, unsigned *degrees);
    int (*memory)(sluice_nvml_device device, struct sluice_nvml_memory *memory);
    int (*utilization)(sluice_nvml_device device, struct sluice_nvml_utilization *utilization);
    int (*temperature)(sluice_nvml_device device, int sensor, unsigned *degrees);
    int (*power)(sluice_nvml_device device, unsigned *milliwatts);
    // `count` is the room on entry, and what there is on return, also where the room is too small.
    int (*compute_processes)(
        sluice_nvml_device device, unsigned *count, struct sluice_nvml_process *processes);
    int (*graphics_processes)(
        sluice_nvml_device device, unsigned *count, struct sluice_nvml_process *processes);
    int (*supported_events)(sluice_nvml_device device, unsigned long long *types);
    int (*event_set_create)(sluice_nvml_event_set *set);
    int (*register_events)(
        sluice_nvml_device device, unsigned long long types, sluice_nvml_event_set set);
    int (*event_set_wait)(
        sluice_nvml_event_set set, struct sluice_nvml_event *event, unsigned milliseconds);
    int (*event_set_free)(sluice_nvml_event_set set);
};

// Fills the table from a library that dlopen gave.
void sluice_nvml_find(void *library, struct sluice_nvml *table);
