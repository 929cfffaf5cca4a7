#include "CSys.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

static void describe(const yaml_event_t *from, struct csys_yaml_event *to) {
  memset(to, 0, sizeof *to);
  to->line = from->start_mark.line + 1;
  switch (from->type) {
  case YAML_DOCUMENT_START_EVENT: to->kind = CSYS_YAML_DOCUMENT; break;
  case YAML_ALIAS_EVENT:
    to->kind = CSYS_YAML_ALIAS;
    to->anchor = (const char *)from->data.alias.anchor;
    break;
  case YAML_SCALAR_EVENT:
    to->kind = CSYS_YAML_SCALAR;
    to->anchor = (const char *)from->data.scalar.anchor;
    to->value = (const char *)from->data.scalar.value;
    to->length = from->data.scalar.length;
    to->is_plain = from->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && from->data.scalar.tag == NULL;
    break;
  case YAML_SEQUENCE_START_EVENT:
    to->kind = CSYS_YAML_SEQUENCE;
    to->anchor = (const char *)from->data.sequence_start.anchor;
    break;
  case YAML_MAPPING_START_EVENT:
    to->kind = CSYS_YAML_MAPPING;
    to->anchor = (const char *)from->data.mapping_start.anchor;
    break;
  case YAML_SEQUENCE_END_EVENT:
  case YAML_MAPPING_END_EVENT: to->kind = CSYS_YAML_END; break;
  default: to->kind = CSYS_YAML_OTHER;
  }
}

int csys_yaml_parse(const void *bytes, size_t length,
                    int (*receive)(void *context, const struct csys_yaml_event *event), void *context,
                    const char **problem, size_t *line) {
  yaml_parser_t parser;
  if (!yaml_parser_initialize(&parser)) return ENOMEM;
  yaml_parser_set_input_string(&parser, bytes, length);
  int result = 0;
  for (int more = 1; more && !result;) {
    yaml_event_t event;
    if (!yaml_parser_parse(&parser, &event)) {
      // The library's sentences are constants.
      *problem = parser.problem ? parser.problem : "not YAML";
      *line = parser.problem_mark.line + 1;
      result = parser.error == YAML_MEMORY_ERROR ? ENOMEM : EINVAL;
      break;
    }
    struct csys_yaml_event described;
    describe(&event, &described);
    more = event.type != YAML_STREAM_END_EVENT && receive(context, &described);
    yaml_event_delete(&event);
  }
  yaml_parser_delete(&parser);
  return result;
}
