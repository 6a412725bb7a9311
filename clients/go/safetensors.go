package focalloss

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

const (
	lengthBytes = 8
	// alignment is the size of the widest dtype: a service reads aligned tensors in place.
	alignment = 8
)

// tensor is data that goes into a file: []float32 or []int32.
type tensor struct {
	name  string
	shape []int
	data  any
}

// entry is what the header says of a tensor. Offsets are relative to the end of the header.
type entry struct {
	Dtype   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// encodeFile returns a safetensors file with the tensors in this order.
func encodeFile(tensors []tensor, metadata map[string]string) ([]byte, error) {
	members := map[string]any{"__metadata__": metadata}
	end := 0
	for _, t := range tensors {
		begin := end
		end += binary.Size(t.data)
		dtype := "F32"
		if _, isInt := t.data.([]int32); isInt {
			dtype = "I32"
		}
		shape := t.shape
		if shape == nil {
			shape = []int{}
		}
		members[t.name] = entry{dtype, shape, [2]int{begin, end}}
	}
	header, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("focalloss: %w", err)
	}
	header = append(header, bytes.Repeat([]byte(" "), (alignment-len(header)%alignment)%alignment)...)
	file := make([]byte, 0, lengthBytes+len(header)+end)
	file = append(binary.LittleEndian.AppendUint64(file, uint64(len(header))), header...)
	for _, t := range tensors {
		if file, err = binary.Append(file, binary.LittleEndian, t.data); err != nil {
			return nil, fmt.Errorf("focalloss: %w", err)
		}
	}
	return file, nil
}

// file is a safetensors file that was read.
type file struct {
	metadata map[string]string
	entries  map[string]entry
	data     []byte
}

// decodeFile checks everything that the header says of the data.
func decodeFile(bytes []byte) (*file, error) {
	if len(bytes) < lengthBytes {
		return nil, errors.New("expected a safetensors file, got fewer than 8 bytes")
	}
	length := binary.LittleEndian.Uint64(bytes)
	if length > uint64(len(bytes)-lengthBytes) {
		return nil, fmt.Errorf("expected a header of %d bytes, got a file of %d", length, len(bytes))
	}
	headerEnd := lengthBytes + int(length)
	var members map[string]json.RawMessage
	if err := json.Unmarshal(bytes[lengthBytes:headerEnd], &members); err != nil {
		return nil, err
	}
	decoded := &file{entries: map[string]entry{}, data: bytes[headerEnd:]}
	for name, member := range members {
		if name == "__metadata__" {
			if err := json.Unmarshal(member, &decoded.metadata); err != nil {
				return nil, err
			}
			continue
		}
		var e entry
		if err := json.Unmarshal(member, &e); err != nil {
			return nil, fmt.Errorf("tensor %s: %w", name, err)
		}
		if begin, end := e.Offsets[0], e.Offsets[1]; begin < 0 || begin > end || end > len(decoded.data) {
			return nil, fmt.Errorf("tensor %s: expected offsets within %d bytes, got %v", name, len(decoded.data), e.Offsets)
		}
		decoded.entries[name] = e
	}
	return decoded, nil
}

// float32s returns a tensor of dtype F32, or nil if there is none of this name.
func (f *file) float32s(name string) ([]float32, error) {
	if _, ok := f.entries[name]; !ok {
		return nil, nil
	}
	return numbers[float32](f, name, "F32", 4)
}

// float64s returns a tensor of dtype F64 or I64, or nil if there is none of this name.
func (f *file) float64s(name string) ([]float64, error) {
	e, ok := f.entries[name]
	if !ok {
		return nil, nil
	}
	if e.Dtype != "I64" {
		return numbers[float64](f, name, "F64", 8)
	}
	integers, err := numbers[int64](f, name, "I64", 8)
	floats := make([]float64, len(integers))
	for i, integer := range integers {
		floats[i] = float64(integer)
	}
	return floats, err
}

func numbers[T float32 | float64 | int64](f *file, name, dtype string, size int) ([]T, error) {
	e := f.entries[name]
	data := f.data[e.Offsets[0]:e.Offsets[1]]
	if e.Dtype != dtype || len(data)%size != 0 {
		return nil, fmt.Errorf("tensor %s: expected dtype %s, got %s of %d bytes", name, dtype, e.Dtype, len(data))
	}
	values := make([]T, len(data)/size)
	_, err := binary.Decode(data, binary.LittleEndian, values)
	return values, err
}
