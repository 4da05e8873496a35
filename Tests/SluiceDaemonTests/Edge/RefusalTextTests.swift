import SluiceEngine
import SluiceModel
import Testing

@testable import SluiceDaemon

@Suite struct RefusalTextTests {
    @Test("Each refusal says where, how much, and what to do now")
    func refusals() {
        func said(_ code: Code, _ refusal: Refusal) -> String { text(for: code, refusal) }
        let full = Refusal(
            place: "gpu_queue", depth: 7, limit: 7, key: "max_size",
            retryAfter: .milliseconds(1240))
        #expect(
            said(.queueFull, full)
                == "gpu_queue is full: 7 wait, at most 7 (max_size); try again in 1.3 s")
        #expect(said(.waitTooLong, full).contains("max_wait"))
        let other = Refusal(place: "place", depth: 3, limit: 2)
        #expect(said(.draining, other).contains("place is draining"))
        #expect(said(.tooLarge, other).contains("over 2 bytes"))
        #expect(said(.overQuota, other).contains("3 live requests, at most 2"))
        let bounds = [
            "max_requests_per_user": "3 live requests, at most 2 (",
            "max_bytes_per_user": "3 requests, their bytes are at 2 (",
            "max_files_per_user": "3 live requests, payloads in descriptors are at 2 (",
            "callers": "3 callers with live requests, at most 2;",
        ]
        for (key, words) in bounds {
            let refusal = Refusal(place: "caller ada of user 33", depth: 3, limit: 2, key: key)
            let text = said(.overQuota, refusal)
            #expect(text.hasPrefix("caller ada of user 33 has \(words)"), "\(text)")
            #expect(text.hasSuffix("wait for some to end"))
        }
        #expect(said(.unknownFunction, other).contains("'sluicectl functions'"))
        #expect(said(.notPermitted, other).contains("allow_users"))
        #expect(said(.queueFull, other).hasSuffix("try again later"))
    }

    @Test("What keeps a detached request from being stored or found is told with what helps")
    func detached() {
        func said(_ code: Code) -> String { text(for: code, Refusal(place: "9001", depth: 0)) }
        #expect(said(.storeFull).contains("is full (max_stored_bytes), or its disk is full"))
        #expect(said(.storeFull).contains("'sluicectl discard' makes room"))
        #expect(said(.storeFailed).contains("log says why"))
        #expect(said(.unknownRequest).hasPrefix("request 9001 is not known here: it was not"))
        #expect(said(.unsupported).contains("state directory"))
        let large = Conclusion(
            request: RequestID(rawValue: 1), code: .resultTooLarge, attempts: 1)
        #expect(text(for: large).hasPrefix("its result is over 64 MiB"))
    }

    @Test(
        "Every code but those that the function itself explains has a text",
        arguments: Code.allCases)
    func everyCode(code: Code) {
        let refusal = Refusal(place: "place", depth: 1, limit: 1)
        let conclusion = Conclusion(request: RequestID(rawValue: 1), code: code, attempts: 2)
        let said =
            code.outcome == .rejected ? text(for: code, refusal) : text(for: conclusion)
        #expect(said.isEmpty == [.ok, .functionError].contains(code))
    }
}
