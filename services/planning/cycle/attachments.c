/* attachments: files of deliverables and guides, in pieces, within a limit for each owner. */
#include "planning/cycle/attachment_store.h"
#include "planning/guides/guides.h"

#include <inttypes.h>
#include <string.h>

#define NAME_LEN_MAX 200
#define READ_MAX     (256 << 10)
/* Files that were replaced are kept while all versions take no more than so many times the limit. */
#define REPLACED_TIMES 4

static Bihuan__Attachment *view(struct tx *tx, const struct attachment *attachment)
{
    Bihuan__Attachment *out = arena_new(tx_arena(tx), Bihuan__Attachment);

    bihuan__attachment__init(out);
    out->id = (uint64_t)attachment->id;
    out->name = (char *)(uintptr_t)attachment->name;
    out->size = (uint64_t)attachment->size;
    out->hash = (char *)(uintptr_t)attachment->hash;
    out->added_by = (char *)(uintptr_t)attachment->added_by;
    out->added_at = attachment->added_at;
    return out;
}

int attachments_of(struct tx *tx, enum attachment_owner kind, int64_t owner, Bihuan__Attachment ***items, size_t *count,
                   struct err *err)
{
    struct attachment *rows;

    if (attachment_store_list(tx, kind, owner, &rows, count, err) != 0)
        return -1;
    *items = arena_array(tx_arena(tx), Bihuan__Attachment *, *count + 1);
    for (size_t i = 0; i < *count; i++)
        (*items)[i] = view(tx, &rows[i]);
    return 0;
}

/* --- adding --- */

/* To whom a piece belongs. */
struct owner {
    enum attachment_owner kind;
    int64_t id;
    struct cycle *cycle; /* of a deliverable */
    struct deliverable *row;
};

static int check_piece(struct tx *tx, const Bihuan__AttachFileRequest *request, struct err *err)
{
    size_t len = strlen(request->name);

    if (len == 0 || len > NAME_LEN_MAX || strpbrk(request->name, "/\\\n\r\t"))
        tx_problem(tx, "/name", "bad_name", "a file's name has 1 to %d bytes and no / or \\", NAME_LEN_MAX);
    if (!request->data.len)
        tx_problem(tx, "/data", "missing_value", "the piece is empty");
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

static int64_t size_limit(struct tx *tx)
{
    return runtime_setting_int(tx_runtime(tx), "attachment_max_bytes");
}

static int check_limit(struct tx *tx, const struct owner *owner, const Bihuan__AttachFileRequest *request,
                       struct err *err)
{
    int64_t limit = size_limit(tx), others;

    if (attachment_store_others_size(tx, owner->kind, owner->id, request->name, &others, err) != 0)
        return -1;
    if (request->offset > (uint64_t)limit || others + (int64_t)request->offset + (int64_t)request->data.len > limit)
        return err_fail(err, ERR_TOO_LARGE, "attachments_too_large",
                        "the files of one owner may have %" PRId64 " bytes together (setting attachment_max_bytes)",
                        limit);
    return 0;
}

static bool same_piece(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* The last piece came before (its answer was lost): *there is the finished file, or NULL. */
static int find_repeated(struct tx *tx, const struct owner *owner, const Bihuan__AttachFileRequest *request,
                         struct attachment **there, struct err *err)
{
    ProtobufCBinaryData stored;

    if (attachment_store_find(tx, owner->kind, owner->id, request->name, true, there, err) != 0)
        return -1;
    if (!*there || !request->last || (uint64_t)(*there)->size != request->offset + request->data.len) {
        *there = NULL;
        return 0;
    }
    if (attachment_store_read(tx, (*there)->id, (int64_t)request->offset, INT32_MAX, &stored, err) != 0)
        return -1;
    if (!same_piece(&stored, &request->data))
        *there = NULL;
    return 0;
}

/* The unfinished file that the piece belongs to; the first piece begins anew. Who began it goes on with it, so that
 * whoever is named as its author is. */
static int find_unfinished(struct tx *tx, const struct owner *owner, const Bihuan__AttachFileRequest *request,
                           struct attachment **out, struct err *err)
{
    if (attachment_store_find(tx, owner->kind, owner->id, request->name, false, out, err) != 0)
        return -1;
    if (*out && request->offset == 0) {
        if (attachment_store_drop(tx, (*out)->id, err) != 0)
            return -1;
        *out = NULL;
    }
    if (*out && strcmp((*out)->added_by, tx_principal(tx)->person) != 0)
        return err_fail(err, ERR_CONFLICT, "other_upload", "\"%s\" began \"%s\"; begin your own at 0", (*out)->added_by,
                        request->name);
    if (!*out && request->offset == 0) {
        *out = arena_new(tx_arena(tx), struct attachment);
        **out = (struct attachment) { .kind = owner->kind,
                                      .owner = owner->id,
                                      .name = request->name,
                                      .hash = "",
                                      .added_by = tx_principal(tx)->person,
                                      .added_at = tx_now(tx) };
        return attachment_store_begin(tx, *out, err);
    }
    return *out ? 0
                : err_fail(err, ERR_CONFLICT, "bad_offset", "nothing of \"%s\" is there; begin at 0", request->name);
}

/* Appends, or does nothing for a piece that is there already. */
static int take_piece(struct tx *tx, const Bihuan__AttachFileRequest *request, struct attachment *attachment,
                      struct err *err)
{
    ProtobufCBinaryData stored;

    if (request->offset == (uint64_t)attachment->size)
        return attachment_store_append(tx, attachment, request->data.data, request->data.len, err);
    if (request->offset < (uint64_t)attachment->size &&
        attachment_store_read(tx, attachment->id, (int64_t)request->offset, INT32_MAX, &stored, err) != 0)
        return -1;
    if (request->offset < (uint64_t)attachment->size && same_piece(&stored, &request->data))
        return 0;
    return err_fail(err, ERR_CONFLICT, "bad_offset", "\"%s\" goes on at %" PRId64, request->name, attachment->size);
}

static int finish(struct tx *tx, const struct owner *owner, const Bihuan__AttachFileRequest *request,
                  struct attachment *attachment, struct err *err)
{
    if (attachment_store_finish(tx, attachment, REPLACED_TIMES * size_limit(tx), err) != 0)
        return -1;
    return owner->kind == OWNER_GUIDE
               ? 0
               : deliverable_do(tx, owner->cycle, owner->row, MOVE_ATTACH, request->revision, request->name, "", err);
}

static int reply_with(struct tx *tx, const struct owner *owner, const struct attachment *attachment, struct err *err)
{
    Bihuan__AttachFileReply reply = BIHUAN__ATTACH_FILE_REPLY__INIT;

    reply.offset = (uint64_t)attachment->size;
    reply.complete = attachment->complete;
    reply.attachment = view(tx, attachment);
    reply.revision = owner->row ? owner->row->revision : 0;
    return tx_reply(tx, &reply.base, err);
}

static int attach(struct tx *tx, const struct owner *owner, const Bihuan__AttachFileRequest *request, struct err *err)
{
    struct attachment *attachment;
    enum work_state next;
    const char *role;

    if (find_repeated(tx, owner, request, &attachment, err) != 0)
        return -1;
    if (attachment)
        return reply_with(tx, owner, attachment, err);
    if (owner->kind == OWNER_GUIDE && guide_changeable(tx, owner->id, err) != 0)
        return -1;
    if (owner->row &&
        deliverable_may(tx, owner->cycle, owner->row, MOVE_ATTACH, request->revision, &role, &next, err) != 0)
        return -1;
    if (check_limit(tx, owner, request, err) != 0 || find_unfinished(tx, owner, request, &attachment, err) != 0 ||
        take_piece(tx, request, attachment, err) != 0)
        return -1;
    if (request->last && finish(tx, owner, request, attachment, err) != 0)
        return -1;
    return reply_with(tx, owner, attachment, err);
}

int on_attach_file(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__AttachFileRequest *request = message;
    struct owner owner = { .kind = OWNER_DELIVERABLE };

    if (check_piece(tx, request, err) != 0 ||
        deliverable_find(tx, request->deliverable, &owner.cycle, &owner.row, err) != 0)
        return -1;
    owner.id = owner.row->id;
    return attach(tx, &owner, request, err);
}

int on_attach_guide_file(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__AttachGuideFileRequest *request = message;
    Bihuan__AttachFileRequest piece = BIHUAN__ATTACH_FILE_REQUEST__INIT;
    struct owner owner = { .kind = OWNER_GUIDE };

    piece.name = request->name;
    piece.offset = request->offset;
    piece.last = request->last;
    piece.data = request->data;
    if (check_piece(tx, &piece, err) != 0 || guide_owner(tx, request->guide, &owner.id, err) != 0)
        return -1;
    return attach(tx, &owner, &piece, err);
}

/* --- reading --- */

static int owner_in_scope(struct tx *tx, const struct attachment *attachment, bool *yes, struct err *err)
{
    uint32_t unit;

    if (attachment->kind == OWNER_GUIDE)
        return guide_readable(tx, attachment->owner, yes, err);
    if (deliverable_store_unit(tx, attachment->owner, &unit, err) != 0)
        return -1;
    *yes = cycle_in_scope(tx, unit);
    return 0;
}

static int get_attachment(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__GetAttachmentRequest *request = message;
    Bihuan__GetAttachmentReply reply = BIHUAN__GET_ATTACHMENT_REPLY__INIT;
    struct attachment *attachment;
    bool readable = false;

    if (attachment_store_get(tx, (int64_t)request->id, &attachment, err) != 0 ||
        (attachment && owner_in_scope(tx, attachment, &readable, err) != 0))
        return -1;
    if (!readable || !attachment->complete)
        return err_fail(err, ERR_NOT_FOUND, "unknown_attachment", "attachment %" PRIu64 " is not known", request->id);
    if (request->offset > (uint64_t)attachment->size)
        return err_fail(err, ERR_INVALID, "bad_offset", "the file ends at %" PRId64, attachment->size);
    if (attachment_store_read(tx, attachment->id, (int64_t)request->offset, READ_MAX, &reply.data, err) != 0)
        return -1;
    if (!reply.data.len && request->offset < (uint64_t)attachment->size)
        return err_fail(err, ERR_NOT_FOUND, "attachment_gone", "\"%s\" was replaced long ago; its bytes are not kept",
                        attachment->name);
    reply.attachment = view(tx, attachment);
    reply.offset = request->offset;
    reply.last = request->offset + reply.data.len == (uint64_t)attachment->size;
    return tx_reply(tx, &reply.base, err);
}

int on_get_attachment(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, get_attachment, message, err);
}
