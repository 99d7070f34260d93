/* pbjson: protobuf messages to JSON and back, by their descriptors.
 *
 * Field names are the proto's. int64 and uint64 are JSON integers; enums the value's name in lower case without the
 * enum's own name before it (ALERT_STATE_FIRING of AlertState is "firing"); bytes base64; repeated fields arrays, []
 * when empty; a submessage that isn't set null; every scalar is there, set or not. No oneof, no groups, no maps.
 */
#ifndef BIHUAN_TEXT_PBJSON_H
#define BIHUAN_TEXT_PBJSON_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include "base/arena.h"
#include "base/err.h"
#include "text/json_out.h"

#define PBJSON_DEPTH_MAX   32
#define PBJSON_POINTER_MAX 256

/* Writes the message as one value. */
void pbjson_write(const ProtobufCMessage *message, struct json_out *out);
/* The same without the fields, at any depth, that `leave` names: for a text that must stay as it was when messages have
 * grown. */
typedef bool pbjson_leave_fn(const ProtobufCFieldDescriptor *field);
void pbjson_write_but(const ProtobufCMessage *message, pbjson_leave_fn *leave, struct json_out *out);

/* JSON to a message that lives in the arena (never free_unpacked it). What isn't given keeps proto3's default.
 * Strict: an unknown key (with the nearest known one), a wrong type, a number out of range, an unknown enum word, a NUL
 * in text, nesting beyond PBJSON_DEPTH_MAX are ERR_INVALID (unknown_key, wrong_type, out_of_range, unknown_value,
 * bad_text, too_deep) and the text begins with the JSON pointer. A 64-bit integer may also be given as decimal text.
 * null leaves a submessage or an optional field unset and is refused elsewhere. `pointer`, may be NULL: receives the
 * place of the error, for yaml_locate(). */
int pbjson_read(const ProtobufCMessageDescriptor *descriptor, const json_t *json, struct arena *arena,
                ProtobufCMessage **out, char pointer[PBJSON_POINTER_MAX], struct err *err);

/* The same, but each fault is told, in the order of the JSON, at most PBJSON_FAULTS_MAX of them: its pointer ("" the
 * whole), code and what is wrong, borrowed for the call. The error is the first. */
#define PBJSON_FAULTS_MAX 100
typedef void pbjson_fault_fn(void *arg, const char *pointer, const char *code, const char *why);
int pbjson_read_all(const ProtobufCMessageDescriptor *descriptor, const json_t *json, struct arena *arena,
                    ProtobufCMessage **out, pbjson_fault_fn *fault, void *arg, struct err *err);

/* The same from JSON text; also refuses what isn't JSON (bad_json, with line and column) and keys given twice. */
int pbjson_parse(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t len, struct arena *arena,
                 ProtobufCMessage **out, struct err *err);

/* An enum value's word to buf[cap] ("firing"); its number as text when the enum doesn't know it. */
void pbjson_enum_word(const ProtobufCEnumDescriptor *descriptor, int value, char *buf, size_t cap);
/* -1 when there is no such word. */
int pbjson_enum_value(const ProtobufCEnumDescriptor *descriptor, const char *word, int *out);

#endif
