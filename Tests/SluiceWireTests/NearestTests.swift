import Testing

@testable import SluiceWire

@Suite("The nearest name")
struct NearestTests {
    let known = ["gpu_queue", "caption", "sdxl"]

    @Test("Letters dropped, doubled, replaced and swapped count one each")
    func distance() {
        #expect(editDistance(Array("max_size"), Array("max_size")) == 0)
        #expect(editDistance(Array("max_sze"), Array("max_size")) == 1)
        #expect(editDistance(Array("max_sizze"), Array("max_size")) == 1)
        #expect(editDistance(Array("max-size"), Array("max_size")) == 1)
        #expect(editDistance(Array("max_szie"), Array("max_size")) == 1)
        #expect(editDistance(Array(""), Array("abc")) == 3)
        #expect(editDistance(Array("abc"), Array("")) == 3)
    }

    @Test(
        "A slip of the finger finds the name that was meant",
        arguments: [
            ("gpu_qeue", "gpu_queue"), ("GPU_QUEUE", "gpu_queue"), ("captoin", "caption"),
            ("sdx", "sdxl"),
        ])
    func near(typed: String, meant: String) {
        #expect(nearestName(to: typed, among: known) == meant)
    }

    @Test("The beginning of a name finds the shortest that goes on, from three letters on")
    func beginning() {
        #expect(nearestName(to: "gpu", among: known) == "gpu_queue")
        #expect(nearestName(to: "Cap", among: known + ["captions"]) == "caption")
        #expect(nearestName(to: "ca", among: ["captions"]) == nil)
    }

    @Test("A name that is like none finds none")
    func far() {
        #expect(nearestName(to: "whisper", among: known) == nil)
        #expect(nearestName(to: "x", among: known) == nil)
        #expect(nearestName(to: "", among: known) == nil)
        #expect(nearestName(to: String(repeating: "a", count: 10_000), among: known) == nil)
    }

    @Test("Of names equally near the first in the alphabet is named, whatever their order")
    func ties() {
        #expect(nearestName(to: "gpu", among: ["gpu2", "gpu1"]) == "gpu1")
        #expect(nearestName(to: "gpu", among: ["gpu1", "gpu2"]) == "gpu1")
    }
}
