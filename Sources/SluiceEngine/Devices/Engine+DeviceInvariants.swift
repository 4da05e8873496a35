import SluiceModel

// What must always hold of devices between turns; see `Engine+Invariants`.

extension Engine {
    func checkDevices(_ check: Check) {
        check(
            deviceList.count == devicesByName.count && devices.count == deviceList.count,
            "devices that are gone can be found")
        for index in deviceList {
            let device = devices[index]
            check(devicesByName[device.name] == index, "device \(device.name) cannot be found")
            checkBatches(of: device, at: index, check)
            checkHolders(of: device, check)
            check(
                device.leases.allSatisfy { leases[$0].devices.contains(index) },
                "device \(device.name) is leased and not in the lease")
            check(
                device.queues.allSatisfy { queues[$0].devices.contains(index) },
                "device \(device.name) has a queue that does not know it")
            let promise = device.promisedTo
            check(
                promise.isNone || functions[promise].promised.contains(index),
                "device \(device.name) is promised to a function that does not know it")
            check(
                device.keptSince.map { place in applicants.contains { $0.place == place } } ?? true,
                "device \(device.name) is kept for nobody")
        }
        checkLeases(check)
        for index in grants.indices {
            let onDevice = grants[index].placement.all.allSatisfy { device in
                devices[device].batches.contains { $0.grant == index }
            }
            check(onDevice, "grant \(grants[index].id) is not on its devices")
        }
    }

    private func checkBatches(of device: Device, at index: Index<Device>, _ check: Check) {
        for batch in device.batches {
            check(
                grants[batch.grant].isOpen && grants[batch.grant].placement.contains(index)
                    && grants[batch.grant].queue == batch.queue,
                "device \(device.name) counts a batch that does not run on it")
        }
    }

    private func checkHolders(of device: Device, _ check: Check) {
        let processes = device.holders.map(\.process)
        check(Set(processes).count == processes.count, "\(device.name) has a holder twice")
        for holder in device.holders {
            let running = device.batches.map { grants[$0.grant] }
                .filter { workers[$0.worker].key == holder.process }
            check(
                holder.batches == running.count
                    && holder.running == running.reduce(0) { $0 + $1.reserved }
                    && holder.exclusiveBatches == running.count { $0.isExclusive },
                "\(device.name) miscounts what runs in process \(holder.process.rawValue)")
            check(holder.hasAnything, "\(device.name) has a holder of nothing")
        }
        let count = device.holders.reduce(0) { $0 + $1.batches }
        check(count == device.batches.count, "\(device.name) has batches of no holder")
    }

    private func checkLeases(_ check: Check) {
        check(leases.count == leasesByProcess.count, "leases that ended can be found")
        for (process, index) in leasesByProcess {
            let lease = leases[index]
            check(lease.process == process, "the lease of \(process.rawValue) is another's")
            for device in lease.devices {
                check(
                    devices[device].leases.contains(index)
                        && devices[device].holder(process)?.hasLease == true,
                    "\(devices[device].name) does not know a lease of it")
            }
            guard !lease.worker.isNone else { continue }
            check(
                workers[lease.worker].lease == index,
                "worker \(workers[lease.worker].id) does not know its lease")
        }
        for (id, index) in workersByID where !workers[index].lease.isNone {
            check(
                leases[workers[index].lease].worker == index,
                "worker \(id) has the lease of another")
        }
    }
}
