import SluiceSim
import Testing

/// Seeds that once broke a rule, each with what was wrong. A seed names a schedule only in the
/// edition of the world in which it failed: whoever changes the world adds an edition.
@Suite("What went wrong once does not again")
struct PastFailureTests {
    struct Story: Sendable, CustomTestStringConvertible {
        let seed: UInt64
        var turns = 100
        let edition: World.Edition
        let testDescription: String

        init(
            _ seed: UInt64, turns: Int = 100, in edition: World.Edition = .first, _ text: String
        ) {
            self.seed = seed
            self.turns = turns
            self.edition = edition
            testDescription = text
        }
    }

    static let stories = [
        Story(
            65,
            "A reload turned batching off, an operator's max_batch_size stayed: batches of 3"),
        Story(
            4_036, turns: 200,
            "A hung grant was counted again with each late item, and its worker never recovered"),
        Story(
            5,
            "A suspect whose next worker died before beginning went back into company"),
        Story(
            1_780,
            "What a queue's max_size refused took the daemon's max_size from the others"),
        Story(
            89,
            "A worker emptied itself for a suspect, and older requests had to wait for it"),
        Story(
            819,
            "A worker stood idle for a suspect whose own queue had no place"),
        Story(
            2_810,
            "A retry was larger than the max_batch_size set since its batch was lost"),
        Story(
            105,
            "A client that stopped asking and asked again was told three times in a second"),
        Story(
            84,
            "A status_budget below twenty a second was exceeded"),
        Story(
            10, in: .detached,
            "A request that was stored took its place in line, and who was behind was not told"),
        Story(
            1_872, in: .detached,
            "What a queue refused, on its way into the store, took the daemon's room from others"),
        Story(
            195, in: .detached,
            "Cancelled while it was stored, it left a list of watchers in which it was not"),
        Story(
            2, in: .detached,
            "Sent again on behalf of a caller, what was known was refused as not permitted"),
        Story(
            225_323, turns: 20, in: .detached,
            "A number was used again while it was in doubt whether its request was known"),
        Story(
            5, in: .devices,
            "A device that an operator had taken was told to be taken before it was found"),
        Story(
            33, in: .devices,
            "A connection was lost, and others ran beside what still had the device alone"),
        Story(
            43, in: .devices,
            "A worker waited for a device that was just found, and nobody looked at it"),
        Story(
            49, in: .devices,
            "uncordon_after became shorter, and nobody woke when it was over"),
        Story(
            302, in: .devices,
            "Who had a device kept free for it left, and those behind were not looked at"),
        Story(
            349, in: .devices,
            "A fault of a device that an operator had taken already, and nobody looked at it"),
        Story(
            400, in: .devices,
            "A device that nobody waited for any more was looked at for ever"),
        Story(
            708, in: .devices,
            "Devices were kept free for what wanted more of them than its worker has"),
        Story(
            2_887, in: .devices,
            "A process came back before its old connection was seen to end, which took its lease"),
        Story(
            4_046, in: .devices,
            "A device was kept for one and then for an older one, and for nobody when that went"),
        Story(
            4_075, in: .devices,
            "Devices stayed kept for what had no worker with a free slot any more"),
        Story(
            4_851, in: .devices,
            "Of two workers whose processes nobody knows one stopped, and the other hung on"),
        Story(
            9_633, in: .heedless,
            "One worker could never run it, and for another that could nothing was kept free"),
        Story(
            14_653, in: .heedless,
            "A process came back to less than it had, and who waited for that was not looked at"),
        Story(
            21_148, in: .heedless,
            "The model forgot that what is repeated counts until it finds no room"),
        Story(
            600_482, in: .heedless,
            "The rest of a device was counted from before the last one waited for it"),
        Story(
            604_903, in: .leaving,
            "One that the store refused was taken for another that came under its number"),
        Story(
            606_148, in: .heedless,
            "A device was promised to a batch that was full until some of it found no room"),
        Story(
            719_786, in: .heedless,
            "A device stayed promised to what found no room, and whoever it held up waited on"),
        Story(
            723_290, in: .leaving,
            "The model ended what died in company, since fewer deaths were allowed than before"),
        Story(
            1_024_807, in: .heedless,
            "What was said of one that was fetched was taken for another under its number"),
        Story(
            1_055_557, in: .leaving,
            "A process that was back twice before devices were known was dismissed"),
        Story(
            1_110_285, in: .leaving,
            "A batch was full below the ceiling that was learned, and the model waited for more"),
        Story(
            1_145_899, in: .devices,
            "Of two who sent the same and left, the model took the one that was refused"),
        Story(
            3_046_087, in: .devices,
            "What found no room had a device promised to it, and a busier worker was taken"),
    ]

    @Test("The schedule that showed it", arguments: stories)
    func scheduleKeepsTheRules(_ story: Story) {
        let verdict = Schedule.run(
            seed: story.seed, turns: story.turns, in: story.edition)
        #expect(
            verdict.violations.isEmpty,
            "\(verdict.story(in: story.edition, turns: story.turns))")
    }
}
