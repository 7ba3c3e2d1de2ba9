// Lanes of a workgroup share what the network chooses: it is evaluated for an input once, and every lane that comes to a
// word with this input takes that choice, until the slice ends or another input takes its place.

// input << 4 | 8 | kernel, or 0: at the input's hash, or soon behind it. One word holds all of it, so that lanes can race
// for a place: whoever does not find its input evaluates the network.
var<workgroup> sh_choices: array<atomic<u32>, CHOICES>;

fn dispatch_choose(word: u32) -> u32 {
    let input = embedding_input(word);
    let home = (input * 0x9e3779b1u) >> CHOICE_SHIFT;
    var place = home;
    for (var probe = 0u; probe < CHOICE_PROBES; probe += 1u) {
        let at = (home + probe) & (CHOICES - 1u);
        let choice = atomicLoad(&sh_choices[at]);
        if ((choice >> 3u) == ((input << 1u) | 1u)) {
            return choice & 7u;
        }
        if (choice == 0u) {
            place = at;
            break;
        }
    }
    let kernel = dispatch_evaluate(word);
    atomicStore(&sh_choices[place], (input << 4u) | 8u | kernel);
    return kernel;
}
