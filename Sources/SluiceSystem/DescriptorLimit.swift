import Glibc

/// Takes as many descriptors as we may have. The soft limit is 1024 for the sake of programs that
/// use select(2), and every peer costs one.
public func raiseDescriptorLimit() {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    // Refused, it stays as it was; a shortage is reported when it comes.
    _ = setrlimit(resource, &limit)
}
