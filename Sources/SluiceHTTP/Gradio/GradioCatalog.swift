import SluiceGateway
import Synchronization

/// The functions as Gradio's clients name them: by numbers, which they keep.
final class GradioCatalog: Sendable {
    private struct State {
        var numbers = GradioNumbers()
        var last = FunctionCatalog()
    }

    private let gateway: Gateway
    private let state = Mutex(State())

    init(_ gateway: Gateway) { self.gateway = gateway }

    /// All functions, in the order of their names.
    func functions() async throws -> [GradioFunction] {
        let catalog = try await gateway.catalog()
        return state.withLock { state in
            state.last = catalog
            return catalog.functions.compactMap { function in
                state.numbers.number(of: function.name).map { GradioFunction(function, number: $0) }
            }
        }
    }

    func function(_ number: Int) async throws -> GradioFunction {
        let catalog = try await catalog()
        let function = state.withLock { state in
            if state.numbers.name(of: number) == nil {
                // Its client was here before us.
                for function in catalog.functions { _ = state.numbers.number(of: function.name) }
            }
            return state.numbers.name(of: number).flatMap { catalog[$0] }
        }
        guard let function else {
            throw Refusal(404, "unknown_function", "no function has the number \(number)")
        }
        return GradioFunction(function, number: number)
    }

    func function(named name: String) async throws -> GradioFunction {
        guard let function = try await catalog()[name] else {
            throw Refusal(404, "unknown_function", "there is no function named \(name)")
        }
        let number = state.withLock { $0.numbers.number(of: name) } ?? 0
        return GradioFunction(function, number: number)
    }

    /// As it was last told where the daemon is away: requests are held until it is back.
    private func catalog() async throws -> FunctionCatalog {
        do {
            let catalog = try await gateway.catalog()
            state.withLock { $0.last = catalog }
            return catalog
        } catch {
            let last = state.withLock { $0.last }
            guard !last.functions.isEmpty else { throw error }
            return last
        }
    }
}
