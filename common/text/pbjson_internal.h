/* pbjson_internal: what the two halves of pbjson share. */
#ifndef BIHUAN_TEXT_PBJSON_INTERNAL_H
#define BIHUAN_TEXT_PBJSON_INTERNAL_H

#include <protobuf-c/protobuf-c.h>

/* Bytes that one element of a repeated field takes in protobuf-c's array. */
size_t pbjson_element_size(ProtobufCType type);

#endif
