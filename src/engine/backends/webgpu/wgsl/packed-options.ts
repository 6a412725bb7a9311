/** The options of the classes and, behind them, the weights of the samples, in one buffer: `classOptions`. */
export const PACKED_OPTIONS = /* wgsl */ `
const WORDS_OF_NUMBER = 4u;
const WORDS_OF_CLASS = 20u;

fn numberAt(at: u32) -> ExtendedFloat {
  let v = vec2f(bitcast<f32>(classOptions[at]), bitcast<f32>(classOptions[at + 1]));
  return ExtendedFloat(v, bitcast<i32>(classOptions[at + 2]));
}

fn optionsOf(class_: u32) -> ClassOptions {
  let at = WORDS_OF_CLASS * class_;
  return ClassOptions(
    numberAt(at),
    numberAt(at + WORDS_OF_NUMBER),
    numberAt(at + 2 * WORDS_OF_NUMBER),
    numberAt(at + 3 * WORDS_OF_NUMBER),
    numberAt(at + 4 * WORDS_OF_NUMBER),
  );
}

fn sampleWeight(sample: u32) -> ExtendedFloat {
  return fromFloat32(classOptions[WORDS_OF_CLASS * params.classes + sample]);
}
`;
