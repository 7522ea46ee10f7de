/* python.exe and pythonw.exe: they only start what python311.dll holds. */
#include <windows.h>
__declspec(dllimport) int Py_Main(int count, wchar_t **arguments);
#ifdef WINDOWED
int WINAPI wWinMain(HINSTANCE instance, HINSTANCE before, LPWSTR line, int show) { return Py_Main(__argc, __wargv); }
#else
int wmain(int count, wchar_t **arguments) { return Py_Main(count, arguments); }
#endif
