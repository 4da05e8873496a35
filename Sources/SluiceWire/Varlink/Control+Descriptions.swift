extension Control {
    /// What a worker says about a function to people and gateways.
    public struct FunctionDescription: Codable, Hashable, Sendable {
        public var function: String
        @Nullable public var description: String?
        /// JSON text: an object with the parameters, as sluice-worker(7) says. From a worker, and
        /// not looked into by the daemon.
        @Nullable public var signature: String?

        public init(function: String, description: String? = nil, signature: String? = nil) {
            self.function = function
            self.description = description
            self.signature = signature
        }
    }

    /// Of all functions of which something was said, by name.
    public struct DescribeFunctions: VarlinkMethod {
        public static let name = "\(Control.interface).DescribeFunctions"
        public var after: String?

        public init(after: String? = nil) { self.after = after }

        public struct Reply: Codable, Hashable, Sendable {
            public var functions: [FunctionDescription]
            @Nullable public var next: String?

            public init(functions: [FunctionDescription], next: String? = nil) {
                self.functions = functions
                self.next = next
            }
        }
    }
}
