#include "nvml_layout.h"

#include <dlfcn.h>
#include <string.h>

static const struct {
    const char *symbol;
    size_t place;
} functions[] = {
    {"nvmlInit_v2", offsetof(struct sluice_nvml, init)},
    {"nvmlShutdown", offsetof(struct sluice_nvml, shutdown)},
    {"nvmlErrorString", offsetof(struct sluice_nvml, error_text)},
    {"nvmlDeviceGetCount_v2", offsetof(struct sluice_nvml, device_count)},
    {"nvmlDeviceGetHandleByIndex_v2", offsetof(struct sluice_nvml, device)},
    {"nvmlDeviceGetUUID", offsetof(struct sluice_nvml, uuid)},
    {"nvmlDeviceGetName", offsetof(struct sluice_nvml, name)},
    {"nvmlDeviceGetMinorNumber", offsetof(struct sluice_nvml, minor_number)},
    {"nvmlDeviceGetMigMode", offsetof(struct sluice_nvml, mig_mode)},
    {"nvmlDeviceGetTemperatureThreshold",
        offsetof(struct sluice_nvml, temperature_threshold)},
    {"nvmlDeviceGetMemoryInfo", offsetof(struct sluice_nvml, memory)},
    {"nvmlDeviceGetUtilizationRates", offsetof(struct sluice_nvml, utilization)},
    {"nvmlDeviceGetTemperature", offsetof(struct sluice_nvml, temperature)},
    {"nvmlDeviceGetPowerUsage", offsetof(struct sluice_nvml, power)},
    {"nvmlDeviceGetComputeRunningProcesses_v3",
        offsetof(struct sluice_nvml, compute_processes)},
    {"nvmlDeviceGetGraphicsRunningProcesses_v3",
        offsetof(struct sluice_nvml, graphics_processes)},
    {"nvmlDeviceGetSupportedEventTypes", offsetof(struct sluice_nvml, supported_events)},
    {"nvmlEventSetCreate", offsetof(struct sluice_nvml, event_set_create)},
    {"nvmlDeviceRegisterEvents", offsetof(struct sluice_nvml, register_events)},
    {"nvmlEventSetWait_v2", offsetof(struct sluice_nvml, event_set_wait)},
    {"nvmlEventSetFree", offsetof(struct sluice_nvml, event_set_free)},
};

void sluice_nvml_find(void *library, struct sluice_nvml *table) {
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *function = dlsym(library, functions[i].symbol);
        memcpy((char *)table + functions[i].place, &function, sizeof function);
    }
}
