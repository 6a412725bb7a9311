import type { Allocator } from '../core/allocator.ts';
import type { ResultFormat } from '../core/float-format.ts';
import type { RegionTable } from '../core/shared-memory/region.ts';
import type { Batch } from '../loss/batch.ts';
import type { ArrayOutput, RegionArrays, StoredArrays, Totals } from '../loss/evaluation.ts';
import type { HyperParameterGrid } from '../loss/hyper-parameters.ts';
import type { WarningCode } from '../loss/warnings/warning.ts';
import type { ContentEncoding } from './content-encoding.ts';
import type { EchoedOptions } from './echoed-options.ts';
import type { PartedNumbers } from './json/divided-numbers.ts';
import type { Precision } from './json/number-text.ts';
import type { ResponseMetadata } from './response-metadata.ts';

/**
 * Reads requests and writes responses of one format.
 *
 * Codecs run in the thread of the HTTP server and in codec threads alike. So requests and plans are plain data, whose arrays
 * lie in shared memory, and a thread finds the codec by its name (codec-registry.ts).
 */
export interface Codec<Request extends DecodedRequest> {
  readonly name: string;
  /** A short sweep may take long: it may have hundreds of α, each of which is resolved for thousands of classes. */
  readonly isSweep?: boolean;
  /** The members of a body in JSON that are arrays of numbers, and the precision that `read` reads each with. */
  readonly numberFields?: Readonly<Record<string, Precision>>;

  /**
   * @param allocator where the batch's tensors go that are not views of the body
   * @throws {ServiceError} `malformed_body`, or `invalid_request` with everything that was found wrong
   */
  read(body: RequestBody, allocator: Allocator): Request;

  /**
   * How many bytes of a body `read` goes through, where the rest is predictions that it only views. Undefined: perhaps all.
   *
   * @throws {ServiceError} `malformed_body`, as `read`
   */
  bytesToCheck?(bytes: Uint8Array): number | undefined;

  /**
   * How many bytes a body has once that is decompressed which the format compresses on its own, such as members of an archive. Formats
   * without such parts do not have it.
   *
   * @throws {ServiceError} `malformed_body`, as `read`
   */
  inflatedBytes?(bytes: Uint8Array): number;

  /**
   * Decompresses these parts, in a codec thread, for `read`, which does it itself if they are short.
   *
   * @returns what they hold, by their names
   * @throws {ServiceError} `malformed_body`, or what the allocator throws
   */
  inflate?(bytes: Uint8Array, allocator: Allocator): Promise<ReadonlyMap<string, Uint8Array>>;

  /**
   * Where the predictions of a body begin, if all behind that are predictions, which `read` only views: the batch can be read as soon as
   * what comes before has arrived. Undefined: that is not so, or can't be told from the bytes that have arrived.
   *
   * @param body all of it, not all of which has arrived
   * @throws {ServiceError} `malformed_body` or `invalid_request`, as `read`
   */
  predictionsStart?(body: RequestBody, arrivedBytes: number): number | undefined;

  /** What the JSON of a body names of shared memory. */
  namedRegions?(json: Uint8Array): NamedRegions;

  /**
   * Allocates the response before the batch is evaluated, so that the engine can write its arrays where the response has
   * them.
   *
   * @throws {ServiceError} `invalid_request` if the format cannot carry the response
   */
  planResponse(request: Request, allocator: Allocator): ResponsePlan;

  writeResponse(evaluated: EvaluatedRequest<Request>): EncodedResponse;
}

/** The codec of a format that holds a request as fields, named as in `requestSchema`. It can carry sweeps, too. */
export interface FieldCodec extends Codec<DecodedRequest> {
  /**
   * @returns the fields by name; a tensor is nested arrays, a `ScannedTensor` or a `RawTensor`
   * @throws {ServiceError} `malformed_body`, or `invalid_request` where one field is given twice
   */
  readFields(body: RequestBody, allocator: Allocator): unknown;
}

export interface NamedRegions {
  /** Undefined: that can't be told. */
  readonly names: readonly string[] | undefined;
  /** About how many bytes `read` copies from them and goes through. Undefined: that can't be told. */
  readonly bytesToCheck: number | undefined;
}

export interface RequestBody {
  /** They may lie in shared memory. */
  readonly bytes: Uint8Array;
  /** How many of them are JSON, from the first one on. Binary data follows. */
  readonly jsonBytes: number;
  /** Arrays of numbers in JSON that were read before, in parts. */
  readonly numbers?: readonly PartedNumbers[];
  /** What `Codec.inflate` returned. */
  readonly inflated?: ReadonlyMap<string, Uint8Array> | undefined;
  /** Those of shared memory; undefined: there is none. */
  readonly regions?: RegionTable | undefined;
}

/** A body as it was sent. */
export interface ReceivedBody {
  readonly bytes: Uint8Array;
  /** How it is compressed; undefined: not at all. */
  readonly encoding: ContentEncoding | undefined;
  /** The most bytes that it may have, decompressed. */
  readonly limit: number;
  /** What to do about more, for the error. */
  readonly cure?: string;
  /** How many of its bytes are JSON, decompressed; binary data follows. undefined: all of them. */
  readonly jsonBytes: number | undefined;
  readonly regions?: RegionTable | undefined;
}

/** A request after decoding. Codecs add what they need to write its response. */
export interface DecodedRequest {
  readonly batch: Batch;
  readonly options: EchoedOptions;
  /** What a sweep evaluates the batch with; undefined: with its own γ and α. */
  readonly hyperParameters: HyperParameterGrid | undefined;
  /** How long the client is willing to wait, if it says so. */
  readonly timeoutMs: number | undefined;
  /** What it uses of shared memory; undefined: nothing. */
  readonly regionUse?: RegionUse | undefined;
}

export interface RegionUse {
  /** Of the regions. */
  readonly names: readonly string[];
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

export interface ResponsePlan {
  /** Where the engine writes its arrays. */
  readonly arrays: StoredArrays;
  /** Those that lie in regions of shared memory. */
  readonly regionArrays?: RegionArrays;
  /** Where the response is written; most formats have the arrays in it. */
  readonly buffer: Uint8Array;
  /** How long the encoding takes, in numbers that are written as text one by one. */
  readonly numbersToEncode: number;
  /** The arrays that are written as text, which threads can do at the same time, each a part. */
  readonly texts?: readonly PlannedText[];
}

/** An array that the response has as text. */
export interface PlannedText {
  readonly output: ArrayOutput;
  readonly format: ResultFormat;
  readonly shape: readonly number[];
  /** Where the buffer has space for the longest text, and for all that comes before it in the response. */
  readonly offset: number;
}

/** The text of arrays that was written before the rest of the response: the parts of each, in order, in the plan's buffer. */
export type WrittenTexts = { readonly [output in ArrayOutput]?: readonly Uint8Array[] };

/** All that a response is written from; the engine's arrays lie in the plan. */
export interface EvaluatedRequest<Request extends DecodedRequest> {
  readonly request: Request;
  readonly plan: ResponsePlan;
  readonly totals: Totals;
  readonly metadata: ResponseMetadata;
  readonly texts?: WrittenTexts;
}

/** A response, which lies in the plan's buffer. */
export interface EncodedResponse {
  readonly bytes: Uint8Array;
  /** How many of them are JSON, where JSON and binary data are in one response. */
  readonly jsonBytes?: number;
  /** Those that it has. */
  readonly warnings?: readonly WarningCode[];
}
