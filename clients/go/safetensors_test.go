package focalloss

import (
	"bytes"
	"testing"
)

func TestFileIsAlignedAndItsPredictionsAreLast(t *testing.T) {
	batch := Batch{
		Shape:          []int{3, 1},
		Logits:         []float32{1, 2, 3},
		Labels:         DenseLabels{0, 1, 1},
		SampleWeights:  []float32{4, 5, 6},
		ElementWeights: []float32{7, 8, 9},
	}
	encoded, err := encodeRequest(batch, Options{Gamma: Sides{Number(1), PerClass{4}}, Warnings: new(bool)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := decodeFile(encoded)
	if err != nil {
		t.Fatal(err)
	}
	if start := len(encoded) - len(decoded.data); start%8 != 0 {
		t.Errorf("expected data at a multiple of 8, got %d", start)
	}
	if decoded.entries["logits"].Offsets != [2]int{36, 48} || !bytes.HasSuffix(encoded, []byte{0, 0, 64, 64}) {
		t.Errorf("expected the logits last, got %+v", decoded.entries)
	}
	if got := decoded.metadata; got["gamma"] != `{"positive":1,"negative":[4]}` || got["warnings"] != "false" || len(got) != 2 {
		t.Errorf("expected the options that are set, got %v", got)
	}
}

func TestMalformedResponsesAreErrors(t *testing.T) {
	for name, file := range map[string]string{
		"empty":            "",
		"short":            "\x04\x00\x00\x00\x00\x00\x00\x00{}",
		"huge":             "\xff\xff\xff\xff\xff\xff\xff\xff{}",
		"no JSON":          "\x02\x00\x00\x00\x00\x00\x00\x00{{",
		"no response":      "\x02\x00\x00\x00\x00\x00\x00\x00{}",
		"offsets too far":  withGradients("F32", "0,8"),
		"offsets reversed": withGradients("F32", "4,0"),
		"another dtype":    withGradients("F64", "0,4"),
		"negative offsets": withGradients("F32", "-4,0"),
		"half a number":    withGradients("F32", "0,3"),
	} {
		if result, err := decodeResult([]byte(file)); err == nil {
			t.Errorf("%s: expected an error, got %+v", name, result)
		}
	}
}

// withHeader returns a file with four bytes of data.
func withHeader(header string) string {
	return string(append([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}, header+"abcd"...))
}

// withGradients returns a response with one tensor.
func withGradients(dtype, offsets string) string {
	return withHeader(`{"gradients":{"dtype":"` + dtype + `","shape":[1],"data_offsets":[` + offsets + `]},` +
		`"__metadata__":{"response":"{}"}}`)
}
