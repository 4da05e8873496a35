import SluiceModel

/// The tables `[[device]]`, which say their names themselves.
extension ConfigurationReader {
    mutating func devices(_ value: TOML, of document: Document) {
        guard case .array(let elements) = value else {
            let message = "expected tables \(Section.device.header), found \(value.found)"
            return complain([Section.device.rawValue], message, document)
        }
        var known: Set<String> = []
        for (index, element) in elements.enumerated() {
            device(element, at: [Section.device.rawValue, String(index)], &known, document)
        }
    }

    /// - Parameter known: names that the file had already.
    private mutating func device(
        _ element: TOML, at lines: [String], _ known: inout Set<String>, _ document: Document
    ) {
        let shown = [Section.device.rawValue]
        let line = document.line(of: lines)
        guard case .table(let entries) = element else {
            let message = "expected a table \(Section.device.header), found \(element.found)"
            return complain(shown, message, document, line: line)
        }
        guard let named = entries.first(where: { $0.key == "name" }) else {
            return complain(shown, "a device without a name", document, line: line)
        }
        let name: String
        do throws(Mismatches) {
            name = try Rule<String>.deviceName.read(named.value, accounts)
        } catch {
            for mismatch in error.all {
                let line = document.line(of: lines + ["name"])
                complain(shown + ["name"], mismatch.message, document, line: line)
            }
            return
        }
        let path = shown + [name]
        guard known.insert(name).inserted else {
            return complain(
                path, "the file has a device of this name already", document, line: line)
        }
        places[path] = Place(file: document.file, line: line)
        let errors = self.errors.count
        defer { if self.errors.count > errors { wrongDevices.insert(name) } }
        let before = checked.engine.devices.firstIndex { $0.name == name }
        let settings = keys(
            Keys.device, entries, at: path, lines: lines, of: document,
            over: before.map { checked.engine.devices[$0] } ?? DeviceSettings(name: name))
        guard let before else {
            let index = checked.engine.devices.firstIndex { name < $0.name }
            return checked.engine.devices.insert(
                settings, at: index ?? checked.engine.devices.endIndex)
        }
        checked.engine.devices[before] = settings
    }
}
