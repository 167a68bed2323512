#include "spoold/api/board.h"

#include <stdlib.h>

void board_init(struct board *b)
{
    *b = (struct board){0};
    pthread_mutex_init(&b->lock, NULL); /* of the default kind: cannot fail on Linux */
}

void board_free(struct board *b)
{
    for (size_t i = 0; i < b->n_hosts; i++)
        buf_free(&b->hosts[i].json);
    free(b->hosts);
    buf_free(&b->overview);
    pthread_mutex_destroy(&b->lock);
}
