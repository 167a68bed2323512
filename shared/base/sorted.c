#include "base/sorted.h"

bool sorted_find(size_t n, sorted_order *order, const void *sought, size_t *at)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int o = order(sought, mid);
        if (o == 0) {
            *at = mid;
            return true;
        }
        if (o < 0)
            low = mid + 1;
        else
            high = mid;
    }
    *at = low;
    return false;
}
