/*
 * faces_wrapped: FreeType's functions that faces.c stands before (the linker's --wrap), by the names
 * that they have then: __wrap_* are faces.c's, __real_* FreeType's own. For faces.c and its test.
 */
#ifndef PDFSPOOL_FACES_WRAPPED_H
#define PDFSPOOL_FACES_WRAPPED_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_ADVANCES_H
#include FT_FONT_FORMATS_H
#pragma GCC diagnostic pop

FT_Error __real_FT_New_Memory_Face(FT_Library, const FT_Byte *, FT_Long, FT_Long, FT_Face *);
FT_Error __real_FT_Done_Face(FT_Face);
FT_UInt __real_FT_Get_Name_Index(FT_Face, const FT_String *);
FT_Error __real_FT_Get_Advance(FT_Face, FT_UInt, FT_Int32, FT_Fixed *);
FT_Error __wrap_FT_New_Memory_Face(FT_Library, const FT_Byte *, FT_Long, FT_Long, FT_Face *);
FT_Error __wrap_FT_Done_Face(FT_Face);
FT_UInt __wrap_FT_Get_Name_Index(FT_Face, const FT_String *);
FT_Error __wrap_FT_Get_Advance(FT_Face, FT_UInt, FT_Int32, FT_Fixed *);

#endif
